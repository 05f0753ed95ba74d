"""The database's shape, as numbered steps: step n leads to `user_version` n.

A step that was released is never edited; the next one changes what it made.
Times are microseconds since 1970 (UTC), `state`, `head`, `shown` and the like
are JSON with the names of the model, `body` is JSON packed with zstd.
"""

APPLICATION_ID = 0x43555454  # "CUTT": what says that a database is ours

STEPS: tuple[str, ...] = (
    """
    -- The watershed: how many commits there were, and the newest first_seen.
    CREATE TABLE watershed (commits INTEGER NOT NULL, newest_seen INTEGER) STRICT;
    INSERT INTO watershed VALUES (0, NULL);

    -- What a record's newest revision says, as far as it is looked for or selected by.
    CREATE TABLE records (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        source TEXT,
        guid TEXT,
        url TEXT,
        canonical_url TEXT,
        story TEXT NOT NULL,
        revision INTEGER NOT NULL,
        authored INTEGER NOT NULL,          -- the newest revision by the author
        news INTEGER NOT NULL,              -- the commit that brought the newest ordinary one of those
        touched INTEGER NOT NULL,           -- the last commit that concerned the record
        indexed INTEGER NOT NULL DEFAULT 0, -- the revision that search knows
        order_date INTEGER NOT NULL,
        language TEXT,
        categories TEXT NOT NULL            -- a JSON array
    ) STRICT;
    CREATE INDEX records_by_date ON records (order_date, id);
    CREATE INDEX records_by_source ON records (source, order_date, id);
    CREATE INDEX records_by_link ON records (source, url);
    CREATE INDEX records_by_canonical ON records (canonical_url) WHERE canonical_url IS NOT NULL;
    CREATE INDEX records_by_story ON records (story);
    CREATE INDEX records_by_touch ON records (touched);
    CREATE INDEX records_to_index ON records (number) WHERE indexed < revision;

    CREATE TABLE revisions (
        record INTEGER NOT NULL REFERENCES records (number),
        revision INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (record, revision)
    ) STRICT;

    CREATE TABLE reasons (
        subject TEXT NOT NULL, -- a record's id or a URL
        at INTEGER NOT NULL,
        step TEXT NOT NULL,
        rule TEXT NOT NULL,
        fact TEXT NOT NULL
    ) STRICT;
    CREATE INDEX reasons_by_subject ON reasons (subject);

    CREATE TABLE captures (
        payload_sha256 BLOB NOT NULL,
        url TEXT NOT NULL,
        file TEXT NOT NULL,
        offset INTEGER NOT NULL,
        at INTEGER NOT NULL,
        record_id TEXT NOT NULL,
        PRIMARY KEY (payload_sha256, url)
    ) STRICT, WITHOUT ROWID;

    -- The source table is the queue: who is due, and which process has taken whom.
    CREATE TABLE sources (
        key TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        address TEXT NOT NULL,
        declared TEXT,                      -- the address as the configuration last had it
        followed INTEGER NOT NULL,
        stopped INTEGER NOT NULL,
        next_visit INTEGER NOT NULL,
        not_before INTEGER,
        lease TEXT,                         -- a file in leases/, locked while its process lives
        state TEXT NOT NULL,
        due INTEGER GENERATED ALWAYS AS
            (CASE WHEN followed AND NOT stopped THEN max(next_visit, ifnull(not_before, next_visit)) END) VIRTUAL
    ) STRICT;
    CREATE INDEX sources_due ON sources (due) WHERE lease IS NULL AND due IS NOT NULL;
    CREATE INDEX sources_leased ON sources (lease) WHERE lease IS NOT NULL;

    -- What a source's last document held; apart, so that a visit without news leaves it alone.
    CREATE TABLE documents (
        source TEXT NOT NULL PRIMARY KEY,
        channel TEXT NOT NULL,
        present BLOB NOT NULL               -- JSON packed with zstd: [guid, link, title, digest] of each entry
    ) STRICT;

    -- Every address a source ever had.
    CREATE TABLE addresses (address TEXT NOT NULL PRIMARY KEY, source TEXT NOT NULL) STRICT, WITHOUT ROWID;

    CREATE TABLE origins (
        origin TEXT NOT NULL PRIMARY KEY,
        wait INTEGER,
        robots_at INTEGER,
        robots BLOB                         -- NULL: it could not be reached
    ) STRICT;

    -- Ledgers.
    CREATE TABLE feeds (key TEXT NOT NULL PRIMARY KEY, head TEXT NOT NULL, written INTEGER) STRICT;
    CREATE TABLE feed_names (name TEXT NOT NULL PRIMARY KEY, feed TEXT NOT NULL) STRICT, WITHOUT ROWID;

    CREATE TABLE published_ids (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,            -- over all feeds, never freed
        record TEXT NOT NULL
    ) STRICT;
    CREATE INDEX published_ids_by_record ON published_ids (record);

    CREATE TABLE places (
        feed TEXT NOT NULL,
        record TEXT NOT NULL,
        number INTEGER NOT NULL,
        published_id TEXT NOT NULL,
        at INTEGER NOT NULL,
        live INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        order_date INTEGER NOT NULL,
        visible INTEGER NOT NULL,
        withdrawn INTEGER NOT NULL,
        announced INTEGER NOT NULL,
        due INTEGER NOT NULL,
        extent TEXT NOT NULL,
        shown TEXT NOT NULL,
        PRIMARY KEY (feed, record)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX places_by_date ON places (feed, order_date, record, visible, withdrawn);
    CREATE INDEX places_due ON places (feed, number) WHERE due;
    CREATE INDEX places_by_record ON places (record);

    CREATE TABLE lines (
        feed TEXT NOT NULL,
        number INTEGER NOT NULL,
        record TEXT NOT NULL,
        live INTEGER NOT NULL,
        page INTEGER,
        PRIMARY KEY (feed, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX lines_by_record ON lines (feed, record);
    CREATE INDEX lines_open ON lines (feed, number) WHERE page IS NULL;
    CREATE INDEX lines_live ON lines (feed, number, record) WHERE live;

    CREATE TABLE pages (
        feed TEXT NOT NULL,
        number INTEGER NOT NULL,
        closed INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        head TEXT NOT NULL,
        PRIMARY KEY (feed, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE page_items (
        feed TEXT NOT NULL,
        page INTEGER NOT NULL,
        position INTEGER NOT NULL,
        record TEXT NOT NULL,
        source TEXT,
        item TEXT NOT NULL,
        PRIMARY KEY (feed, page, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX page_items_by_record ON page_items (feed, record);
    CREATE INDEX page_items_by_source ON page_items (feed, source);

    CREATE TABLE stamps (
        path TEXT NOT NULL PRIMARY KEY,
        digest BLOB NOT NULL,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- Search: the words of newest revisions by records.number; it holds no text, and is filled behind the ingest.
    CREATE VIRTUAL TABLE search USING fts5(
        title, summary, text, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 2"
    );
    """,
    """
    -- What a feed shows by age: what gets too old is found at the cost of what that is.
    CREATE INDEX places_visible ON places (feed, order_date, record) WHERE visible;
    """,
    """
    -- What finds near-same texts: the keys of sketches, of about thirty days.
    CREATE TABLE sketch_keys (
        period INTEGER NOT NULL,            -- of `seen`: new keys lie together, old ones go together
        key INTEGER NOT NULL,
        seen INTEGER NOT NULL,              -- the record's first_seen
        record INTEGER NOT NULL REFERENCES records (number),
        PRIMARY KEY (period, key, seen, record)
    ) STRICT, WITHOUT ROWID;

    -- What recurs in the articles of a source.
    CREATE TABLE boilerplate (source TEXT NOT NULL PRIMARY KEY, counts BLOB NOT NULL) STRICT, WITHOUT ROWID;
    """,
    """
    -- Articles whose pages are looked at again, and what looking has taught of each source.
    CREATE TABLE checks (
        record TEXT NOT NULL PRIMARY KEY,
        source TEXT NOT NULL,
        due INTEGER NOT NULL,
        state TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX checks_due ON checks (due);
    CREATE TABLE looks (source TEXT NOT NULL PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
    """,
    """
    -- Who said twice that it is gone is asked once a month, so it is due like all others.
    DROP INDEX sources_due;
    ALTER TABLE sources DROP COLUMN due;
    ALTER TABLE sources ADD COLUMN due INTEGER GENERATED ALWAYS AS
        (CASE WHEN followed THEN max(next_visit, ifnull(not_before, next_visit)) END) VIRTUAL;
    CREATE INDEX sources_due ON sources (due) WHERE lease IS NULL AND due IS NOT NULL;
    UPDATE sources SET next_visit = (unixepoch(json_extract(state, '$.last_visit')) + 30 * 86400) * 1000000
        WHERE stopped AND json_extract(state, '$.last_visit') IS NOT NULL;

    -- Since when robots.txt could not be had.
    ALTER TABLE origins ADD COLUMN robots_lost INTEGER;
    """,
    """
    -- Whose publishers do not want them given on in full.
    ALTER TABLE records ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0;
    """,
    """
    -- Origins that nobody asked for long are forgotten, the oldest first.
    CREATE INDEX origins_by_age ON origins (robots_at) WHERE robots_at IS NOT NULL;
    """,
    """
    -- Who is told when a document of ours changes: subscribers of our hub, and other hubs.
    CREATE TABLE listeners (
        topic TEXT NOT NULL,
        callback TEXT NOT NULL,
        host TEXT NOT NULL,
        due INTEGER NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (topic, callback)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX listeners_due ON listeners (due);
    CREATE INDEX listeners_by_host ON listeners (host);
    """,
    """
    -- Our subscriptions at the hubs of sources, and what was pushed to us and is not taken in yet.
    CREATE TABLE subscriptions (token TEXT NOT NULL PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE deliveries (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        source TEXT NOT NULL,
        topic TEXT NOT NULL,
        at INTEGER NOT NULL,
        size INTEGER NOT NULL,              -- of the body, unpacked
        body BLOB NOT NULL                  -- packed with zstd
    ) STRICT;
    """,
    """
    -- What each day of a source should have brought, and what it did; see schedule.coverage.
    CREATE TABLE coverage (
        source TEXT NOT NULL,
        day INTEGER NOT NULL,               -- since 1970-01-01
        gaps INTEGER NOT NULL,              -- whether something was missed
        state TEXT NOT NULL,
        PRIMARY KEY (source, day)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX coverage_gaps ON coverage (day) WHERE gaps;
    """,
    """
    -- Captures of processes that died before a visit brought them: the last one of each address.
    CREATE TABLE stranded (
        payload_sha256 BLOB NOT NULL,
        url TEXT NOT NULL PRIMARY KEY,
        file TEXT NOT NULL,
        offset INTEGER NOT NULL,
        at INTEGER NOT NULL,
        record_id TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
)
