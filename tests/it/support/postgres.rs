//! One private Postgres for all test processes of this machine, kept between runs; a template for each state of the
//! migrations and seeds; a clone of it for each test.

use std::{
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use sha2::{Digest, Sha256};
use weak_to_strong::db::{self, Conn, embedded::Embedded};

/// Templates of other states that are kept, for other checkouts that share this server.
const TEMPLATES_KEPT: usize = 12;
/// The key of the advisory lock under which templates are made.
const TEMPLATE_LOCK: i64 = 0x7773_7465;

struct Server {
    embedded: Embedded,
    template: String,
}

static SERVER: OnceLock<Server> = OnceLock::new();
static DATABASES: AtomicUsize = AtomicUsize::new(0);

/// A database of one test's own; gone when dropped.
pub struct Database {
    pub url: String,
    name: String,
}

impl Database {
    /// Migrated and seeded.
    pub async fn fresh() -> Self {
        let template = server().template.clone();
        Self::create(&format!("TEMPLATE \"{template}\"")).await
    }

    /// Without a single table.
    pub async fn empty() -> Self {
        Self::create("TEMPLATE template0").await
    }

    async fn create(options: &str) -> Self {
        let server = server();
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let mut conn = Conn::establish(&server.embedded.url("postgres")).await.unwrap();
        // A process of an earlier day may have had the same number.
        conn.batch_execute(&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).await.unwrap();
        conn.batch_execute(&format!("CREATE DATABASE \"{name}\" {options}")).await.unwrap();
        Self { url: server.embedded.url(&name), name }
    }

    /// Breaks or arranges what no operation does.
    pub async fn execute(&self, statement: &str) {
        Conn::establish(&self.url).await.unwrap().batch_execute(statement).await.unwrap();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (url, name) = (server().embedded.url("postgres"), self.name.clone());
        in_own_runtime(async move {
            if let Ok(mut conn) = Conn::establish(&url).await {
                // What is left behind by a failure here is swept by the next run.
                let _ = conn.batch_execute(&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).await;
            }
        });
    }
}

fn server() -> &'static Server {
    SERVER.get_or_init(|| in_own_runtime(start()))
}

/// Tests run on runtimes of one thread, which neither migrations nor `drop` can wait on.
fn in_own_runtime<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let thread = std::thread::spawn(move || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work));
    match thread.join() {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

async fn start() -> Server {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("test-postgres");
    let embedded = Embedded::start(&dir).await.unwrap();
    let mut conn = Conn::establish(&embedded.url("postgres")).await.unwrap();
    if embedded.started_here {
        // Nothing here outlives a crash, so nothing has to wait for the disk.
        for setting in ["fsync = off", "full_page_writes = off", "synchronous_commit = off"] {
            conn.batch_execute(&format!("ALTER SYSTEM SET {setting}")).await.unwrap();
        }
        conn.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    }
    let template = format!("template_{}", state_digest());
    conn.batch_execute(&format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await.unwrap();
    if !databases(&mut conn, &template).await.contains(&template) {
        make_template(&mut conn, &embedded, &template).await;
    }
    sweep(&mut conn, &template).await;
    conn.batch_execute(&format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})")).await.unwrap();
    Server { embedded, template }
}

/// Under another name until it is complete: an interrupted run leaves no half template.
async fn make_template(conn: &mut Conn, embedded: &Embedded, template: &str) {
    let draft = template.replace("template_", "draft_");
    conn.batch_execute(&format!("DROP DATABASE IF EXISTS \"{draft}\" WITH (FORCE)")).await.unwrap();
    conn.batch_execute(&format!("CREATE DATABASE \"{draft}\" TEMPLATE template0")).await.unwrap();
    let url = embedded.url(&draft);
    db::migrate(&url).await.map_err(weak_to_strong::error::Error::into_anyhow).unwrap();
    super::prepare_template(&url).await;
    conn.batch_execute(&format!("ALTER DATABASE \"{draft}\" RENAME TO \"{template}\"")).await.unwrap();
}

/// Drops what dead test processes left and the oldest templates.
async fn sweep(conn: &mut Conn, template: &str) {
    let is_dead = |name: &str| {
        let process = name.strip_prefix("test_").and_then(|rest| rest.split('_').next());
        process.is_some_and(|pid| !Path::new("/proc").join(pid).exists())
    };
    let tests = databases(conn, "test\\_%").await.into_iter().filter(|name| is_dead(name));
    let templates = databases(conn, "template\\_%").await.into_iter().filter(|name| name != template);
    for name in tests.chain(templates.skip(TEMPLATES_KEPT)).collect::<Vec<_>>() {
        // Another process may be cloning or sweeping it at this moment.
        let _ = conn.batch_execute(&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).await;
    }
}

/// Names like this, the newest first.
async fn databases(conn: &mut Conn, like: &str) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Named {
        #[diesel(sql_type = diesel::sql_types::Text)]
        datname: String,
    }
    let found: Vec<Named> = diesel::sql_query("SELECT datname::text FROM pg_database WHERE datname LIKE $1 ORDER BY oid DESC")
        .bind::<diesel::sql_types::Text, _>(like)
        .load(conn)
        .await
        .unwrap();
    found.into_iter().map(|named| named.datname).collect()
}

/// Changes whenever a file does that a template is made from.
fn state_digest() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = ["migrations", "seeds", "src/curriculum"]
        .iter()
        .flat_map(|folder| walkdir::WalkDir::new(root.join(folder)))
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect();
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(&file).as_os_str().as_encoded_bytes();
        digest.update(name.len().to_be_bytes());
        digest.update(name);
        digest.update(Sha256::digest(std::fs::read(&file).unwrap()));
    }
    hex::encode(&digest.finalize()[..8])
}
