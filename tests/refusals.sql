-- What a database does that stands for Citus; `refusals.py` tells of it.

-- Two nodes, each with the settings of this server but for what `settings` says; those of Citus are its defaults.
CREATE FUNCTION pg_catalog.citus_version() RETURNS text LANGUAGE sql AS $$ SELECT 'a double of Citus' $$;
CREATE TABLE public.pg_dist_node (nodeid int PRIMARY KEY, groupid int, nodename text, nodeport int, answers boolean, settings jsonb);
INSERT INTO public.pg_dist_node
SELECT id, id, 'node' || id, 5432, true, '{"max_prepared_transactions": "200", "citus.recover_2pc_interval": "60000"}'
FROM generate_series(1, 2) AS id;
GRANT SELECT ON public.pg_dist_node TO PUBLIC;
ALTER TABLE public.pg_dist_node SET SCHEMA pg_catalog;

CREATE FUNCTION pg_catalog.run_command_on_all_nodes(command text, OUT nodeid int, OUT success boolean, OUT result text)
RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
    node record;
BEGIN
    FOR node IN SELECT * FROM pg_dist_node LOOP
        nodeid := node.nodeid;
        success := node.answers;
        result := 'failed to connect to ' || node.nodename || ':' || node.nodeport;
        IF success THEN
            EXECUTE command INTO result;
            result := (result::jsonb || node.settings)::text;
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;

-- The connections of all nodes; here there is one server, which stands for the coordinator and the node of each table.
CREATE VIEW public.citus_stat_activity AS
SELECT pid + 10000000000 AS global_pid, nodeid, nodeid = 1 AS is_worker_query, state, wait_event,
    CASE nodeid WHEN 1 THEN backend_xid END AS backend_xid
FROM pg_catalog.pg_stat_activity, generate_series(0, 1) AS nodeid;
CREATE FUNCTION pg_catalog.pg_terminate_backend(global_pid bigint) RETURNS boolean LANGUAGE sql AS
$$ SELECT pg_catalog.pg_terminate_backend((global_pid - 10000000000)::int) $$;
CREATE VIEW public.pg_dist_shard AS
SELECT oid::regclass AS logicalrelid, oid::bigint AS shardid FROM pg_catalog.pg_class WHERE relkind = 'r';
CREATE VIEW public.pg_dist_partition AS SELECT logicalrelid FROM public.pg_dist_shard;
CREATE FUNCTION pg_catalog.citus_total_relation_size(logicalrelid regclass) RETURNS bigint LANGUAGE sql AS
$$ SELECT 1000000 + pg_catalog.pg_total_relation_size(logicalrelid) $$;
CREATE VIEW public.pg_dist_placement AS SELECT shardid, 1 AS groupid FROM public.pg_dist_shard;
GRANT SELECT ON public.citus_stat_activity, public.pg_dist_shard, public.pg_dist_placement,
    public.pg_dist_partition TO PUBLIC;
ALTER VIEW public.pg_dist_partition SET SCHEMA pg_catalog;
ALTER VIEW public.citus_stat_activity SET SCHEMA pg_catalog;
ALTER VIEW public.pg_dist_shard SET SCHEMA pg_catalog;
ALTER VIEW public.pg_dist_placement SET SCHEMA pg_catalog;

CREATE FUNCTION public.refuse(sentence text, state text) RETURNS void LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING MESSAGE = sentence, ERRCODE = state; END $$;

-- All that `ErrorIfUnsupportedAlterTableStmt` and the renaming of tables and columns let pass.
CREATE FUNCTION public.is_taken(action text) RETURNS boolean LANGUAGE sql AS $$
SELECT action ~ $pattern$(?xi) ^(
    ADD\ (COLUMN\ )?(IF\ NOT\ EXISTS\ )?"?\w+"?\ .*
  | ADD\ (CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE)\ .*
  | DROP\ (COLUMN|CONSTRAINT)\ .*
  | ALTER\ (COLUMN\ )?"?\w+"?\ ((SET|DROP)\ (NOT\ NULL|DEFAULT.*)|(SET\ DATA\ )?TYPE\ .*|SET\ COMPRESSION\ .*)
  | VALIDATE\ CONSTRAINT\ .* | REPLICA\ IDENTITY\ .* | OWNER\ TO\ .* | (SET|RESET)\ \(.* | SET\ (LOGGED|UNLOGGED)
  | (ENABLE|DISABLE|FORCE|NO\ FORCE)\ ROW\ LEVEL\ SECURITY | (ENABLE|DISABLE)\ TRIGGER\ .*
  | (ATTACH|DETACH)\ PARTITION\ .* | SET\ ACCESS\ METHOD\ (?!DEFAULT).* | RENAME\ (?!CONSTRAINT).*
)$ $pattern$
$$;

CREATE FUNCTION public.refuse_dml() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM public.refuse('cannot modify views when the query contains citus tables', '0A000'); END $$;

-- What the planner of Citus refuses of rows.
CREATE FUNCTION public.refuse_statements() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said text := regexp_replace(current_query(), '--[^\n]*', '', 'g');
BEGIN
    IF TG_OP = 'INSERT' AND said ~* '\yVALUES\s*\(.*\(\s*SELECT\y' THEN
        PERFORM public.refuse('subqueries are not supported within INSERT queries', '0A000');
    ELSIF said ~* '^\s*(UPDATE|DELETE)\y.*\yWHERE\y.*\y(set_config|random|clock_timestamp|nextval)\(' THEN
        PERFORM public.refuse('functions used in the WHERE/ON/WHEN clause of modification queries on distributed'
            ' tables must not be VOLATILE', '0A000');
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.refuse_commands() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
    made record;
    said text := btrim(regexp_replace(current_query(), '\s+', ' ', 'g'), ' ;');
    action text;
    actions text[];
BEGIN
    FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE schema_name LIKE 'leadline%' LOOP
        IF TG_TAG = 'ALTER TABLE' AND made.object_type IN ('table', 'table column', 'table constraint') THEN
            action := regexp_replace(said, '^ALTER TABLE (IF EXISTS )?(ONLY )?\S+ ', '', 'i');
            actions := regexp_split_to_array(action, ', (?=(ADD|DROP|ALTER|SET|RESET|VALIDATE|CLUSTER|ENABLE|DISABLE|INHERIT|OF) )', 'i');
            FOREACH action IN ARRAY actions LOOP
                IF action ~* '^RENAME CONSTRAINT ' THEN
                    PERFORM public.refuse(
                        'renaming constraints belonging to distributed tables is currently unsupported', '0A000');
                ELSIF NOT public.is_taken(action) THEN
                    PERFORM public.refuse('alter table command is currently unsupported', '0A000');
                ELSIF action ~* '^ADD (CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE) '
                    AND cardinality(actions) > 1 THEN
                    PERFORM public.refuse('cannot execute ADD CONSTRAINT command with other subcommands', '0A000');
                ELSIF action ~* '^ADD (COLUMN )?"?\w+"? (small|big)?serial' THEN
                    PERFORM public.refuse('cannot execute ADD COLUMN commands involving serial'
                        ' pseudotypes when metadata is synchronized to workers', '0A000');
                ELSIF action ~* '^ADD .* GENERATED (ALWAYS|BY DEFAULT) AS IDENTITY' THEN
                    PERFORM public.refuse('cannot execute ADD COLUMN commands involving identity'
                        ' columns when metadata is synchronized to workers', '0A000');
                END IF;
            END LOOP;
        END IF;
        IF made.command_tag = 'CREATE TABLE' AND made.object_type = 'table' THEN
            EXECUTE format('CREATE TRIGGER refuse_statements BEFORE INSERT OR UPDATE OR DELETE ON %s '
                'EXECUTE FUNCTION public.refuse_statements()', made.objid::regclass);
        END IF;
        IF made.command_tag = 'CREATE TABLE' AND said ~* '^CREATE SCHEMA ' THEN
            PERFORM public.refuse('cannot create distributed schema and table in a single statement', 'XX000');
        ELSIF made.command_tag = 'CREATE FOREIGN TABLE' THEN
            PERFORM public.refuse('cannot create a foreign table in a distributed schema', 'XX000');
        ELSIF made.command_tag IN ('CREATE INDEX', 'ALTER INDEX') AND said ~* ' TABLESPACE ' THEN
            PERFORM public.refuse(CASE made.command_tag
                WHEN 'ALTER INDEX' THEN 'alter index ... set tablespace ... is currently unsupported'
                ELSE 'specifying tablespaces with CREATE INDEX statements is currently unsupported' END, '0A000');
        ELSIF made.command_tag = 'CREATE VIEW' AND NOT EXISTS (
            SELECT FROM pg_trigger WHERE tgrelid = made.objid AND tgname = 'refuse_dml') THEN
            EXECUTE format('CREATE TRIGGER refuse_dml INSTEAD OF INSERT OR UPDATE OR DELETE ON %s '
                'FOR EACH ROW EXECUTE FUNCTION public.refuse_dml()', made.objid::regclass);
        END IF;
        IF EXISTS (SELECT FROM pg_class WHERE oid = made.objid AND reloftype <> 0) THEN
            PERFORM public.refuse(
                'cannot create tables in a distributed schema using CREATE TABLE OF syntax', '0A000');
        ELSIF EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                      WHERE made.objid IN (i.inhrelid, i.inhparent) AND NOT c.relispartition) THEN
            PERFORM public.refuse('tables in a distributed schema cannot inherit or be inherited', 'XX000');
        ELSIF EXISTS (SELECT FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
                      JOIN pg_class r ON r.oid = f.confrelid
                      WHERE f.contype = 'f' AND made.objid IN (c.oid, r.oid, f.oid)
                      AND c.relnamespace <> r.relnamespace) THEN
            PERFORM public.refuse('foreign keys from distributed schemas can only point to the same distributed '
                'schema or reference tables in regular schemas', 'XX000');
        END IF;
    END LOOP;
END $$;
CREATE EVENT TRIGGER refuse_commands ON ddl_command_end EXECUTE FUNCTION public.refuse_commands();

CREATE FUNCTION public.refuse_drops() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TAG = 'DROP INDEX' AND (SELECT count(*) FROM pg_event_trigger_dropped_objects()
        WHERE original AND object_type = 'index' AND schema_name LIKE 'leadline%') > 1 THEN
        PERFORM public.refuse('cannot drop multiple distributed objects in a single command', '0A000');
    END IF;
END $$;
CREATE EVENT TRIGGER refuse_drops ON sql_drop EXECUTE FUNCTION public.refuse_drops();
