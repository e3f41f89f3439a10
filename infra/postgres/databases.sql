-- beside the database tapewatch, which the image makes itself
create database dagster;
create database registry;
