//! The frames between worker and agent, as sandboxes/README.md has them: 4 bytes of length and that many bytes of JSON.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use tokio_util::codec::Decoder;

use super::{CheckResult, DeclaredCheck, Fault, Finished, Limits, RunRequest, SourceFile, Stream, Work};

/// The version that the agent's `ready` frame must name.
pub const PROTOCOL: u32 = 1;
/// Length field not counted.
pub const FRAME_BYTES_MAX: usize = 8 * 1024 * 1024;
const LENGTH_BYTES: usize = 4;

/// What the agent says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AgentFrame {
    Ready(Ready),
    Started,
    Output { stream: Stream, text: String, offset: u64, truncated: bool },
    CheckStarted { id: String },
    CheckFinished(CheckResult),
    Finished(Finished),
}

/// Sent once, when the cell is warm.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Ready {
    pub protocol: u32,
    /// What was tried from inside, and "ok" or what is wrong.
    #[serde(default)]
    pub self_check: BTreeMap<String, String>,
}

impl Ready {
    /// The walls that do not hold; empty in a good cell.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        self.self_check.iter().filter(|(_, said)| *said != "ok").map(|(name, said)| format!("{name}: {said}")).collect()
    }
}

/// What the worker says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WorkerFrame<'a> {
    Run(RunFrame<'a>),
    Input { data_b64: String },
    Eof,
    Cancel,
}

#[derive(Serialize)]
struct RunFrame<'a> {
    run_id: String,
    mode: &'static str,
    files: Vec<FileFrame<'a>>,
    seed: i64,
    checks: Vec<FileFrame<'a>>,
    declared: &'a [DeclaredCheck],
    entry: Option<&'a str>,
    args: &'a [String],
    stdin_b64: String,
    stdin_open: bool,
    limits: &'a Limits,
}

#[derive(Serialize)]
struct FileFrame<'a> {
    path: &'a str,
    content_b64: String,
}

/// The `run` frame, length included.
pub fn encode_run(request: &RunRequest) -> Result<Bytes, Fault> {
    let frame = match &request.work {
        Work::Checks { checks, declared } => RunFrame { mode: "checks", checks: file_frames(checks), declared, ..blank(request) },
        Work::Program { entry, args, stdin, typing } => {
            let (stdin_b64, stdin_open) = (BASE64.encode(stdin), typing.is_some());
            RunFrame { mode: "program", entry: Some(entry), args, stdin_b64, stdin_open, ..blank(request) }
        }
    };
    encode(&WorkerFrame::Run(frame))
}

/// An `input` frame, length included.
pub fn encode_input(typed: &[u8]) -> Result<Bytes, Fault> {
    encode(&WorkerFrame::Input { data_b64: BASE64.encode(typed) })
}

/// The `eof` frame, length included.
pub fn encode_eof() -> Result<Bytes, Fault> {
    encode(&WorkerFrame::Eof)
}

/// The `cancel` frame, length included.
pub fn encode_cancel() -> Result<Bytes, Fault> {
    encode(&WorkerFrame::Cancel)
}

fn blank(request: &RunRequest) -> RunFrame<'_> {
    RunFrame {
        run_id: request.run_id.to_string(),
        mode: "",
        files: file_frames(&request.files),
        seed: request.seed,
        checks: Vec::new(),
        declared: &[],
        entry: None,
        args: &[],
        stdin_b64: String::new(),
        stdin_open: false,
        limits: &request.limits,
    }
}

fn file_frames(files: &[SourceFile]) -> Vec<FileFrame<'_>> {
    files.iter().map(|file| FileFrame { path: &file.path, content_b64: BASE64.encode(&file.content) }).collect()
}

fn encode(frame: &WorkerFrame<'_>) -> Result<Bytes, Fault> {
    let mut bytes = BytesMut::zeroed(LENGTH_BYTES).writer();
    serde_json::to_writer(&mut bytes, frame).map_err(|error| Fault::Protocol(format!("a frame of ours cannot be written: {error}")))?;
    let mut bytes = bytes.into_inner();
    let size = bytes.len() - LENGTH_BYTES;
    match u32::try_from(size) {
        Ok(length) if size <= FRAME_BYTES_MAX => bytes[..LENGTH_BYTES].copy_from_slice(&length.to_be_bytes()),
        _ => return Err(Fault::RequestTooLarge { bytes: size, bytes_max: FRAME_BYTES_MAX }),
    }
    Ok(bytes.freeze())
}

/// Cuts the agent's bytes into frames. After an error the stream cannot be read on.
#[derive(Debug, Default)]
pub struct AgentCodec;

/// Why a stream is no stream of frames.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("a frame of {0} bytes")]
    TooLarge(usize),
    #[error("a frame that is not understood: {0}")]
    NotUnderstood(#[from] serde_json::Error),
    #[error("the stream ended inside a frame")]
    CutOff,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Decoder for AgentCodec {
    type Item = AgentFrame;
    type Error = FrameError;

    fn decode(&mut self, bytes: &mut BytesMut) -> Result<Option<AgentFrame>, FrameError> {
        let Some(head) = bytes.first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
        let size = usize::try_from(u32::from_be_bytes(*head)).unwrap_or(usize::MAX);
        if size > FRAME_BYTES_MAX {
            return Err(FrameError::TooLarge(size));
        }
        if bytes.len() < LENGTH_BYTES + size {
            bytes.reserve(LENGTH_BYTES + size - bytes.len());
            return Ok(None);
        }
        bytes.advance(LENGTH_BYTES);
        Ok(Some(serde_json::from_slice(&bytes.split_to(size))?))
    }

    fn decode_eof(&mut self, bytes: &mut BytesMut) -> Result<Option<AgentFrame>, FrameError> {
        match self.decode(bytes)? {
            None if !bytes.is_empty() => Err(FrameError::CutOff),
            frame => Ok(frame),
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;
    use uuid::Uuid;

    use super::super::{CheckStatus, Outcome, Runtime};
    use super::*;

    fn framed(body: &str) -> Vec<u8> {
        let mut bytes = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend_from_slice(body.as_bytes());
        bytes
    }

    #[test]
    fn frames_come_out_whole_however_the_bytes_arrive() {
        let mut stream = framed(r#"{"type":"started","unknown":1}"#);
        stream.extend(framed(r#"{"type":"output","stream":"stdout","text":"é\n","offset":0,"truncated":false}"#));
        let (mut codec, mut buffer, mut seen) = (AgentCodec, BytesMut::new(), Vec::new());
        for byte in stream {
            buffer.put_u8(byte);
            seen.extend(codec.decode(&mut buffer).unwrap());
        }
        let output = AgentFrame::Output { stream: Stream::Stdout, text: "é\n".to_owned(), offset: 0, truncated: false };
        assert_eq!(seen, [AgentFrame::Started, output]);
        assert!(codec.decode_eof(&mut buffer).unwrap().is_none());
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let mut too_large = BytesMut::from(&[0x01, 0, 0, 0][..]);
        assert!(matches!(AgentCodec.decode(&mut too_large), Err(FrameError::TooLarge(0x0100_0000))));
        for body in [r#"{"type":"reboot"}"#, "[]", "", "{}", r#"{"type":"check_started"}"#] {
            let mut bytes = BytesMut::from(&framed(body)[..]);
            assert!(matches!(AgentCodec.decode(&mut bytes), Err(FrameError::NotUnderstood(_))), "{body}");
        }
        let mut cut = BytesMut::from(&framed(r#"{"type":"started"}"#)[..9]);
        assert!(matches!(AgentCodec.decode_eof(&mut cut), Err(FrameError::CutOff)));
    }

    #[test]
    fn results_and_ends_are_read() {
        let check = r#"{"type":"check_finished","id":"test_a","status":"TIMED_OUT","message":null,"expected":null,"actual":null,
            "cpu_ms":1,"wall_ms":2,"peak_memory_kib":900}"#;
        let AgentFrame::CheckFinished(result) = serde_json::from_str(check).unwrap() else { panic!("not a result") };
        assert_eq!((result.id.as_str(), result.status, result.cpu_ms), ("test_a", CheckStatus::TimedOut, Some(1)));
        let end = r#"{"type":"finished","outcome":"COMPLETED","exit_code":null,"signal":9,"runtime_error":true,"detail":"x","cpu_ms":12,
            "wall_ms":40,"peak_memory_kib":12000,"survivors":0,"clean":true}"#;
        let AgentFrame::Finished(finished) = serde_json::from_str(end).unwrap() else { panic!("not an end") };
        assert_eq!((finished.outcome, finished.signal, finished.wall_ms), (Outcome::Completed, Some(9), 40));
    }

    #[test]
    fn a_cell_says_which_walls_fail() {
        let ready = r#"{"type":"ready","protocol":1,"python":"3.11.2","self_check":{"network":"ok","mount":"was allowed"}}"#;
        let AgentFrame::Ready(ready) = serde_json::from_str(ready).unwrap() else { panic!("not ready") };
        assert_eq!(ready.failures(), ["mount: was allowed"]);
    }

    #[test]
    fn a_run_is_written_as_the_contract_has_it() {
        let request = RunRequest {
            run_id: Uuid::nil(),
            files: vec![SourceFile { path: "main.py".to_owned(), content: b"print(1)".to_vec() }],
            seed: 7,
            work: Work::Program { entry: "main.py".to_owned(), args: vec!["a".to_owned()], stdin: b"in".to_vec(), typing: None },
            limits: Limits::of(Runtime::Python),
        };
        let bytes = encode_run(&request).unwrap();
        assert_eq!(bytes[..4], u32::try_from(bytes.len() - 4).unwrap().to_be_bytes());
        let body: serde_json::Value = serde_json::from_slice(&bytes[4..]).unwrap();
        assert_eq!(
            body,
            json!({"type": "run", "run_id": "00000000-0000-0000-0000-000000000000", "mode": "program",
                "files": [{"path": "main.py", "content_b64": "cHJpbnQoMSk="}], "seed": 7, "checks": [], "declared": [],
                "entry": "main.py", "args": ["a"], "stdin_b64": "aW4=", "stdin_open": false,
                "limits": {"cpu_ms": 10_000, "wall_ms": 30_000, "memory_mib": 256, "pids": 64, "file_mib": 32,
                    "output_bytes_max": 1_048_576, "line_bytes_max": 65_536, "call_timeout_ms": 2_000, "round_trips_max": 100_000,
                    "judge_cpu_ms": 20_000, "judge_memory_mib": 256}})
        );
    }

    #[test]
    fn a_request_beyond_the_cap_is_refused_here() {
        let request = RunRequest {
            run_id: Uuid::nil(),
            files: vec![SourceFile { path: "big".to_owned(), content: vec![0; FRAME_BYTES_MAX] }],
            seed: 0,
            work: Work::Program { entry: "big".to_owned(), args: Vec::new(), stdin: Vec::new(), typing: None },
            limits: Limits::of(Runtime::Python),
        };
        assert!(matches!(encode_run(&request), Err(Fault::RequestTooLarge { .. })));
    }
}
