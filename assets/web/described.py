"""A page that describes a service, from files of this machine."""

from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

FILES = "/swagger-ui"


def describe(app: FastAPI, path: str) -> None:
    """Serve Swagger's page of the application below a path; it loads nothing from elsewhere."""
    app.mount(FILES, StaticFiles(directory=str(files("fastapi_offline") / "static")))

    @app.get(path, include_in_schema=False)
    def documentation(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        return get_swagger_ui_html(
            openapi_url=f"{root}{app.openapi_url}",
            title=app.title,
            swagger_js_url=f"{root}{FILES}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{FILES}/swagger-ui.css",
            swagger_favicon_url=f"{root}{FILES}/favicon.png",
        )
