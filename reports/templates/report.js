// Draws the figures that stand in the document as JSON, in the colours of the moment.
(() => {
  "use strict";

  const narrow = matchMedia("(max-width: 640px)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const charts = [...document.querySelectorAll(".chart")];
  const drawn = new Set();

  // A figure names colours and fonts by CSS variable; Plotly wants their values.
  const resolved = (value, styles) => {
    if (typeof value === "string") {
      const variable = /^var\((--[\w-]+)\)$/.exec(value);
      return variable ? styles.getPropertyValue(variable[1]).trim() : value;
    }
    if (Array.isArray(value)) return value.map((item) => resolved(item, styles));
    if (value && typeof value === "object") {
      return Object.fromEntries(
        Object.entries(value).map(([name, item]) => [name, resolved(item, styles)]),
      );
    }
    return value;
  };

  // A document that travels has plotly.js and its figures compressed.
  const textOf = (element) => {
    if (element.type !== "application/gzip") return element.textContent;
    const bytes = Uint8Array.from(atob(element.textContent), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  };

  const unpackPlotly = async (element) => {
    const address = URL.createObjectURL(new Blob([await textOf(element)], { type: "text/javascript" }));
    await new Promise((resolve, reject) => {
      const script = document.createElement("script");
      Object.assign(script, { src: address, onload: resolve, onerror: reject });
      document.head.append(script);
    });
    URL.revokeObjectURL(address);
  };

  const figures = new Map();

  const draw = (chart, width) => {
    const { data, layout } = resolved(figures.get(chart), getComputedStyle(document.documentElement));
    if (width) layout.width = width;
    // a finger drags the page, a mouse selects a stretch of time
    layout.dragmode = narrow.matches ? false : "zoom";
    if (narrow.matches) layout.xaxis.nticks = 5;
    Plotly.react(chart, data, layout, {
      displayModeBar: false, responsive: !width, doubleClick: "reset", showTips: false,
    });
    if (drawn.has(chart)) return;
    drawn.add(chart);
    chart.on("plotly_click", ({ points: [point] }) => {
      if (typeof point.customdata === "string") location.hash = point.customdata;
    });
  };

  const redraw = (width) => figures.forEach((_, chart) => (width || drawn.has(chart)) && draw(chart, width));

  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "1200px" });

  const start = async () => {
    const inside = document.getElementById("plotly");
    if (inside) await unpackPlotly(inside);
    if (!window.Plotly) throw new Error("the script of the charts is not beside the report");
    for (const chart of charts) {
      figures.set(chart, JSON.parse(await textOf(document.getElementById(chart.dataset.figure))));
      near.observe(chart);
    }
    dark.addEventListener("change", () => redraw());
    narrow.addEventListener("change", () => redraw());
  };

  // Text states all that is judged, so a report without charts is readable and says why.
  const excuse = (error) => charts.forEach((chart) => {
    chart.style.height = "auto";
    chart.textContent = `No chart: ${error.message || "the script of the charts cannot be loaded"}. `
      + "A copy of this report with all inside: tapewatch report --single-file.";
  });
  if (charts.length) start().catch(excuse);

  // An alert that is linked to shows its grounds.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const grounds = target && target.matches(".alert") && target.querySelector("details");
    if (grounds) grounds.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();

  // Paper is light, as wide as a page, and has nothing to click on; it has the grounds of alerts,
  // not what each detector is.
  let closed = [];
  addEventListener("beforeprint", () => {
    document.documentElement.dataset.paper = "";
    closed = [...document.querySelectorAll(".alerts details:not([open])")];
    closed.forEach((details) => { details.open = true; });
    redraw(690);
  });
  addEventListener("afterprint", () => {
    delete document.documentElement.dataset.paper;
    closed.forEach((details) => { details.open = false; });
    redraw();
  });
})();
