-- Prefect keeps its own tables in a database of its own beside ours.
CREATE DATABASE prefect;
