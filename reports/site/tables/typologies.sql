-- Every kind of abuse that is looked for, with or without an alert.
select typology, title, data_tier, description
from read_csv(getvariable('typologies_file'))
order by title
