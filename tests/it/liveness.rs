//! What keeps this program from waiting for a host that is gone without a word: the kernel asks idle connections for signs of life. That a
//! dead one is then given up is the kernel's part; `make compose-trial` shows it between real hosts.

use tokio::{net::TcpListener, select};
use weak_to_strong::{db::Db, events::RedisLog};

/// A server that takes connections and never says a word, and its port.
async fn silent() -> (TcpListener, u16) {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    (silent, port)
}

/// In how many hundredths of a second the connection that comes will first be asked for a sign of life.
async fn asked_in(silent: TcpListener, port: u16) -> u64 {
    let (_connection, _) = silent.accept().await.unwrap();
    loop {
        // Until what the client said first is acknowledged, it is that which is timed.
        match timer(port) {
            Some((kind, left)) if kind == "02" => return left,
            _ => tokio::task::yield_now().await,
        }
    }
}

/// The kernel's timer of the connection to this port, as proc(5) shows it: its kind, 2 for keep-alive, and hundredths of a second.
fn timer(port: u16) -> Option<(String, u64)> {
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let remote = format!("0100007F:{port:04X}");
    let line = table.lines().find(|line| line.split_whitespace().nth(2) == Some(&remote))?;
    let (kind, left) = line.split_whitespace().nth(5)?.split_once(':')?;
    Some((kind.to_owned(), u64::from_str_radix(left, 16).unwrap()))
}

#[tokio::test]
async fn connections_to_postgres_ask_for_signs_of_life() {
    let (silent, port) = silent().await;
    let db = Db::connect(&format!("postgres://ada@127.0.0.1:{port}/here"), 1).unwrap();
    select! {
        left = asked_in(silent, port) => assert!(left <= 500, "{left}"),
        _refused = db.conn() => panic!("the connection was given up before it was looked at"),
    }
}

#[tokio::test]
async fn connections_to_redis_ask_for_signs_of_life() {
    let (silent, port) = silent().await;
    let log = RedisLog::connect(&format!("redis://127.0.0.1:{port}/")).unwrap();
    select! {
        left = asked_in(silent, port) => assert!(left <= 500, "{left}"),
        _refused = log.ping() => panic!("the connection was given up before it was looked at"),
    }
}
