//! The floor: a process that writes the same bytes to every socket, one call each, and does nothing else. What a delivery costs beyond
//! this is the server's; this is the kernel's.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};

use anyhow::{Context, ensure};
use serde_json::Value;

/// Runs until it is killed; prints its port.
#[expect(clippy::print_stdout, reason = "whoever started it reads the port")]
pub fn serve() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    let mut sockets = Vec::new();
    for stream in listener.incoming() {
        let mut stream = stream?;
        stream.set_nodelay(true)?;
        let head = head(&mut stream)?;
        if head.starts_with(b"POST") {
            let event = event(&body(&mut stream, &head)?)?;
            for socket in &mut sockets {
                // Whoever has left is not told.
                let _ = TcpStream::write_all(socket, &event);
            }
            let answer = r#"{"data":{"publish":true}}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                answer.len()
            );
            stream.write_all(format!("{head}{answer}").as_bytes())?;
        } else {
            stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n")?;
            skip_frame(&mut stream)?;
            stream.write_all(&frame(r#"{"type":"connection_ack"}"#)?)?;
            skip_frame(&mut stream)?;
            stream.write_all(&event(&Value::Null)?)?;
            sockets.push(stream);
        }
    }
    Ok(())
}

fn event(xp: &Value) -> anyhow::Result<Vec<u8>> {
    let cursor = "AQAGTpM8kAAAAAAAAAAAAAABib2FyZDpFdmVyeW9uZTpBTExfVElNRQ";
    frame(&format!(
        r#"{{"id":"1","type":"next","payload":{{"data":{{"leaderboardEvents":{{"__typename":"RankChanged","cursor":"{cursor}","seq":1,"at":"2026-11-29T08:30:00.125431+00:00","entry":{{"rank":1,"displayName":"placed-0","xp":{xp},"isViewer":false}}}}}}}}}}"#
    ))
}

fn frame(text: &str) -> anyhow::Result<Vec<u8>> {
    let mut frame = vec![0x81];
    match u16::try_from(text.len())? {
        short @ 0..=125 => frame.push(u8::try_from(short)?),
        long => {
            frame.push(126);
            frame.extend(long.to_be_bytes());
        }
    }
    frame.extend(text.as_bytes());
    Ok(frame)
}

/// Up to the empty line; of a POST perhaps some of its body.
fn head(stream: &mut TcpStream) -> anyhow::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut part = [0; 2048];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let read = stream.read(&mut part)?;
        ensure!(read > 0, "no request");
        head.extend(&part[..read]);
    }
    Ok(head)
}

fn body(stream: &mut TcpStream, head: &[u8]) -> anyhow::Result<Value> {
    let text = String::from_utf8_lossy(head).into_owned();
    let (head, mut body) =
        text.split_once("\r\n\r\n").map(|(head, body)| (head.to_ascii_lowercase(), body.to_owned())).context("no body")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).context("no length")?;
    let length: usize = length.trim().parse()?;
    let mut rest = vec![0; length.saturating_sub(body.len())];
    stream.read_exact(&mut rest)?;
    body.push_str(&String::from_utf8_lossy(&rest));
    let mut json: Value = serde_json::from_str(&body)?;
    Ok(json["variables"]["xp"].take())
}

/// A masked text of the client.
fn skip_frame(stream: &mut TcpStream) -> anyhow::Result<()> {
    let mut start = [0; 2];
    stream.read_exact(&mut start)?;
    let mut length = usize::from(start[1] & 0x7f);
    if length == 126 {
        let mut long = [0; 2];
        stream.read_exact(&mut long)?;
        length = usize::from(u16::from_be_bytes(long));
    }
    let mut rest = vec![0; length + 4];
    Ok(stream.read_exact(&mut rest)?)
}
