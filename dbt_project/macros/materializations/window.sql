{# Replaces the window's rows of a table that exists already, in one transaction: delete, insert, stamp, commit. #}
{# dbt's own delete+insert leaves rows that the new result no longer has, and writes everything twice. #}
{% materialization window, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set grain = config.get('grain') -%}
    {%- set column = config.require('window_column') -%}
    {%- set columns = model.columns.values() | map(attribute='name') | join(', ') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('delete') %}
        delete from {{ target }}
        where
            {{ column }} >= {{ first_cell(grain) if grain else window_start() }}
            and {{ column }} < {{ last_cell(grain) if grain else window_end() }}
    {% endcall %}

    {{ get_assert_columns_equivalent(sql) }}
    {% call statement('main') %}
        insert into {{ target }} ({{ columns }})
        {{ compiled_code }}
    {% endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% call statement('stamp') %}
        call {{ target.database }}.set_commit_message(
            'tapewatch', '{{ model.name }}', extra_info => getvariable('commit_info')
        )
    {% endcall %}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
