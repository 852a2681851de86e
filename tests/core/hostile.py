"""Expressions and statements that must come to nothing."""

from __future__ import annotations

# Functions that read files, settings, the environment or the clock, run SQL, or change something.
WORST = """
read_csv('/etc/passwd') | read_csv_auto('/etc/passwd') | read_text('/etc/passwd') | read_blob('/etc/passwd')
read_json('/etc/passwd') | read_json_auto('x') | read_ndjson('x') | read_parquet('x') | parquet_scan('x')
parquet_metadata('x') | parquet_schema('x') | parquet_kv_metadata('x') | parquet_file_metadata('x')
parquet_bloom_probe('x', 'a', 1) | read_duckdb('x.db') | sniff_csv('/etc/passwd') | glob('/etc/*')
query('FROM duckdb_settings()') | query_table('shop') | getenv('HOME') | current_setting('temp_directory')
getvariable('x') | set_config('threads', '1') | current_database() | current_schema() | current_schemas(TRUE)
current_query() | current_user() | user() | session_user() | version() | txid_current() | pg_read_file('x')
random() | uuid() | gen_random_uuid() | setseed(0.5) | nextval('s') | currval('s') | now() | today()
get_current_time() | current_localtimestamp() | transaction_timestamp() | pragma_version()
pragma_database_size() | pragma_table_info('t')
pragma_storage_info('t') | pragma_show('t') | pragma_platform() | duckdb_settings() | duckdb_secrets()
duckdb_extensions() | duckdb_tables() | duckdb_columns() | duckdb_functions() | duckdb_temporary_files()
duckdb_logs()
duckdb_memory() | duckdb_databases() | duckdb_variables() | which_secret('x', 's3') | write_log('x')
enable_logging() | force_checkpoint() | checkpoint() | add_parquet_key('k', 'v') | json_execute_serialized_sql('x')
json_serialize_plan('SELECT 1') | json_deserialize_sql('x') | from_substrait('x') | test_all_types() | repeat_row(1)
repeat('x', 1000000000) | range(1000000000) | generate_series(1, 1000000000) | error('x') | sleep_ms(1000)
in_search_path('x', 'y') | has_table_privilege('t', 'x') | pg_get_viewdef(1) | stats(size) | arrow_scan(1, 2, 3)
pandas_scan(1) | python_map_function() | seq_scan('t') | index_scan('t') | icu_sort_key('a', 'b') | format('{}', 1)
printf('%s', 1) | struct_pack(1) | unnest(['x']) | cast_to_type(1, 'x') | write_csv('x') | load_aws_credentials()
"""

DISGUISES = """
"read_text"('/etc/passwd') | READ_TEXT('/etc/passwd') | Read_Text ( '/etc/passwd' ) | read_text/**/('/etc/passwd')
main.read_text('/etc/passwd') | system.main.read_text('x') | "system"."main"."getenv"('HOME') | pg_catalog.version()
'/etc/passwd'.read_text() | ('HOME').getenv() | owner.upper().getenv() | shop.owner.getenv() | ['x'].list_transform(1)
(SELECT 1) | (FROM duckdb_settings()) | (FROM '/etc/passwd') | (FROM '/etc/passwd' SELECT 1) | (TABLE duckdb_settings)
EXISTS (FROM '/etc/passwd') | owner IN (SELECT name FROM duckdb_settings()) | size = ANY (SELECT 1) | (VALUES (1))
(WITH x AS (SELECT 1) FROM x) | ARRAY(SELECT 1) | (SELECT content FROM read_text('/etc/passwd') LIMIT 1) IS NULL
1) FROM read_text('/etc/passwd') -- | 1); ATTACH 'x.db' -- | 1; COPY (SELECT 1) TO '/tmp/x'
1; INSTALL httpfs; LOAD httpfs | 1); SET lock_configuration = FALSE; SELECT (1 | ATTACH 'x.db'
COPY shop TO 'x' | INSTALL httpfs | LOAD httpfs
PRAGMA version | SET threads = 1 | RESET ALL | CALL pragma_version() | FROM duckdb_settings() | SELECT 1
CREATE MACRO f(x) AS x | DROP TABLE shop | EXPLAIN SELECT 1 | VALUES (1) | DESCRIBE shop | SHOW TABLES
size::INTEGER | CAST(owner AS JSON) | '/etc/passwd'::BLOB | TRY_CAST(owner AS STRUCT(a INT))
owner::"x; DROP TABLE y"
'1'::regclass | DATE 'today' | TIMESTAMP 'now' | INTERVAL '1' DAY | 'x'::outcome | CAST(1 AS UNION(a INT))
COLUMNS(*) | COLUMNS('.*') | COLUMNS(lambda c: TRUE) | *COLUMNS(*) | * | shop.* | * EXCLUDE (size) | #1 | $1 + ? | ?
lambda x: x | x -> getenv(x) | list_transform(goods, lambda g: getenv(g)) | [getenv(g) FOR g IN goods]
{'a': getenv('x')} | MAP {'a': 1} | (1, getenv('x')) | goods[1] | goods[1:2] | owner.x.y.z | @size
size ** 2 | owner ~ 'x' | owner GLOB '*'
owner LIKE '%' | owner SIMILAR TO 'x' | owner COLLATE NOCASE = 'x' | size AT TIME ZONE 'x' | EXTRACT(year FROM opened)
POSITION('a' IN owner) | SUBSTRING(owner FROM 1) | TRIM(owner) | OVERLAY(owner PLACING 'x' FROM 1) | GROUPING(size)
current_date | current_timestamp | localtime | current_user | session_user | current_catalog | current_schema
current_role | sum(size) OVER () | row_number() OVER () | sum(size) FILTER (TRUE) | count(*) | count(DISTINCT size)
abs(x := getenv('HOME')) | abs(x => 1) | abs(size ORDER BY 1) | abs(*) | abs(DISTINCT size) | abs(VARIADIC goods)
U&'\\0067etenv' = getenv('HOME') | E'\\x67etenv'('HOME') | $$x$$ || getenv('HOME') | 'a' 'b' = getenv('x')
ｇetenv('HOME') | ge\u200btenv('HOME') | getenv\u00a0('HOME') | getenv\u2028('HOME') | GETENV(U&'HOME')
"get""env"('HOME') | "getenv('HOME')" | "size; DROP TABLE shop" | "*" | "shop.size"
"' || getenv('HOME') || '" | "size⏎--" | "🦆"
size -- ) FROM read_text('/etc/passwd')⏎ + getenv('x') | /* */ getenv('HOME') /* */ | size /* /* */ */ + getenv('x')
'x'' || getenv('HOME') || ''' || getenv('x') | '⏎' || getenv('HOME') | "-"() | "/"(1) | "*"(1) | "+"(1, 2, 3)
"coalesce"() | "~~"(owner, 'x') | "->>"(owner, 'x') | "@>"(goods, goods) | "^@"(owner, 'x') | "!__postfix"(1) | "||"()
TRY(getenv('HOME')) | IF(TRUE, getenv('HOME'), 1) | CASE WHEN TRUE THEN getenv('HOME') END | NOT getenv('HOME')
getenv('HOME') IS NULL | coalesce(NULL, getenv('HOME')) | size BETWEEN 1 AND random() | size IN (1, random())
-random() | any_of(shelf, getenv('x') = 'y', TRUE) | total(shelf, TRUE, random()) | count_of(read_text, TRUE)
count_of("/etc/passwd", TRUE) | count_of((FROM '/etc/passwd'), TRUE)
first_of(shelf, TRUE, getenv('x'), shelf.width) | count_of('shelf', TRUE)
"""


def separated(texts: str) -> list[str]:
    """Expressions that stand between bars."""
    return [t.strip().replace("⏎", "\n") for line in texts.strip().split("\n") for t in line.split(" | ") if t.strip()]


HOSTILE = separated(WORST) + separated(DISGUISES)

# For the locked connection itself; {d} is a folder with a secret.
STATEMENTS = """
SELECT * FROM read_text('/etc/passwd')
SELECT * FROM read_blob('/etc/passwd')
SELECT * FROM read_csv('/etc/passwd')
SELECT * FROM read_json('/etc/passwd')
SELECT * FROM read_text('/proc/self/environ')
SELECT * FROM read_text('/dev/stdin')
FROM '/etc/passwd'
FROM query('FROM read_text(''/etc/passwd'')')
FROM query_table('/etc/passwd')
FROM '{d}/secret.csv'
FROM '{d}/other.parquet'
FROM '{d}/work/../secret.csv'
FROM read_parquet('{d}/*.parquet')
FROM glob('{d}/*')
FROM glob('/etc/*')
FROM parquet_metadata('{d}/other.parquet')
FROM sniff_csv('{d}/secret.csv')
FROM read_duckdb('{d}/x.db')
FROM 'https://localhost/x.csv'
FROM 's3://bucket/x.parquet'
CREATE TABLE t AS FROM '/etc/passwd'
COPY (SELECT 1) TO '{d}/out.csv'
COPY (SELECT 1) TO '{d}/work/../out.csv'
COPY (SELECT 1) TO '/dev/stdout'
COPY (SELECT 1) TO '/tmp/socialrules-lock.csv'
EXPORT DATABASE '{d}/export'
IMPORT DATABASE '{d}/export'
ATTACH '{d}/x.db'
ATTACH '{d}/secret.csv' (TYPE sqlite)
ATTACH 'https://localhost/x.db'
INSTALL httpfs
INSTALL httpfs FROM community
LOAD httpfs
LOAD '{d}/x.duckdb_extension'
UPDATE EXTENSIONS
CREATE SECRET s (TYPE s3)
CREATE PERSISTENT SECRET s (TYPE http)
SET enable_external_access = TRUE
SET lock_configuration = FALSE
SET allowed_directories = ['/']
SET allowed_paths = ['/etc/passwd']
RESET enable_external_access
RESET lock_configuration
RESET allowed_directories
SET threads = 1
SET GLOBAL memory_limit = '1GB'
SET temp_directory = '/tmp'
SET home_directory = '/tmp'
SET file_search_path = '/etc'
SET extension_directory = '/tmp'
SET secret_directory = '/tmp'
SET log_query_path = '{d}/log'
SET profiling_output = '{d}/profile'
SET python_enable_replacements = TRUE
PRAGMA threads = 1
PRAGMA enable_profiling
PRAGMA profiling_output = '{d}/profile'
CALL enable_logging(storage = 'file', storage_path = '{d}/log')
SELECT getenv('HOME')
FROM frame_of_python
"""
