{# Views and tables live in the memory of one build: nobody reads the one being replaced, so one statement replaces it, #}
{# where dbt's own makes another beside it, renames both and drops one. #}
{% macro replaced(kind) %}
    {%- set target = this.incorporate(type=kind) -%}
    {%- if target.database != 'memory' or config.get('contract').enforced -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ " is a " ~ kind ~ " of a build's memory: it has no contract; a table of the lake is a `window`"
        ) }}
    {%- endif -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') %}
        create or replace {{ kind }} {{ target }} as (
            {{ compiled_code }}
        )
    {% endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmacro %}

{% materialization table, adapter='duckdb' %}
    {{ return(replaced('table')) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(replaced('view')) }}
{% endmaterialization %}
