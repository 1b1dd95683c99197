//! What a run is, seen by its caller.

use pretty_assertions::assert_eq;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use weak_to_strong::sandbox::{CellEvent, CheckStatus, Fault, Outcome, Runtime, Sandbox, Stream, Visibility, Work, verdict::Verdict};

use super::support::{TestPool, program, run, smoke};

#[tokio::test]
async fn a_right_solution_is_accepted_check_by_check() {
    let pool = TestPool::start().await;
    let heard = pool.run(smoke("solution")).await;
    assert_eq!(heard.verdict(), Verdict::Accepted, "{heard:?}");
    assert_eq!(heard.events.first(), Some(&CellEvent::Started));
    assert!(heard.results().iter().all(|result| result.status == CheckStatus::Passed));
    let end = heard.end.unwrap();
    assert_eq!((end.outcome, end.survivors, end.clean), (Outcome::Completed, 0, true));
    assert!(end.peak_memory_kib > 0 && end.wall_ms > 0, "{end:?}");
    pool.finish().await;
}

#[tokio::test]
async fn a_wrong_solution_is_told_why_but_not_what_the_hidden_checks_hold() {
    let pool = TestPool::start().await;
    let request = smoke("wrong/shouts");
    let Work::Checks { declared, .. } = request.work.clone() else { panic!("not checks") };
    let heard = pool.run(request).await;
    assert_eq!(heard.verdict(), Verdict::WrongAnswer, "{heard:?}");
    let results = heard.results();
    let greets = results.iter().find(|result| result.id == "test_greets").unwrap();
    assert_eq!(greets.status, CheckStatus::Failed);
    assert!(greets.message.as_ref().unwrap().contains("Hello, Ada!"), "{greets:?}");
    for check in declared.iter().filter(|check| check.visibility == Visibility::Hidden) {
        let hidden = results.iter().find(|result| result.id == check.id).unwrap();
        assert_eq!((&hidden.message, &hidden.expected, &hidden.actual), (&None, &None, &None));
    }
    pool.finish().await;
}

#[tokio::test]
async fn output_arrives_in_the_order_it_was_written() {
    let pool = TestPool::start().await;
    let heard = pool.run(program("import sys\nfor n in range(2000):\n    print('line', n, 'é')\nprint('end', file=sys.stderr)")).await;
    let lines: Vec<String> = (0..2000).map(|n| format!("line {n} é\n")).collect();
    let wanted = lines.concat();
    assert_eq!(heard.text(Stream::Stdout), wanted);
    assert_eq!(heard.text(Stream::Stderr), "end\n");
    let mut bytes_before = 0;
    for event in &heard.events {
        if let CellEvent::Output { stream: Stream::Stdout, text, offset, truncated } = event {
            assert_eq!((*offset, *truncated), (bytes_before, false));
            bytes_before += text.len() as u64;
        }
    }
    assert_eq!(heard.verdict(), Verdict::Accepted);
    pool.finish().await;
}

#[tokio::test]
async fn a_program_gets_its_arguments_and_its_input_and_gives_its_exit_code() {
    let pool = TestPool::start().await;
    let mut request = program("import sys\nprint(sys.argv[1:], sys.stdin.read())\nsys.exit(3)");
    let args = vec!["one".to_owned(), "zwei drei".to_owned()];
    request.work = Work::Program { entry: "main.py".to_owned(), args, stdin: "søm".as_bytes().to_vec(), typing: None };
    let heard = pool.run(request).await;
    assert_eq!(heard.text(Stream::Stdout), "['one', 'zwei drei'] søm\n");
    assert_eq!(heard.verdict(), Verdict::RuntimeError);
    assert_eq!(heard.end.unwrap().exit_code, Some(3));
    pool.finish().await;
}

#[tokio::test]
async fn output_is_seen_while_the_program_still_runs() {
    let pool = TestPool::start().await;
    let cancel = CancellationToken::new();
    let canceller = cancel.clone();
    // The program never ends by itself, so its end shows that the first line was heard before.
    let heard = run(&pool.pool, program("print('first', flush=True)\nwhile True: pass"), cancel, |event| {
        if matches!(event, CellEvent::Output { text, .. } if text == "first\n") {
            canceller.cancel();
        }
    });
    assert_eq!(heard.await.verdict(), Verdict::Cancelled);
    pool.finish().await;
}

#[tokio::test]
async fn a_listener_that_goes_away_ends_the_run() {
    let pool = TestPool::start().await;
    let (events, mut heard) = mpsc::channel(1);
    let request = program("while True: print('x' * 1000)");
    let run = pool.pool.run(Runtime::Python, request, events, CancellationToken::new());
    let listening = async {
        // It hears one event, leaves the next ones lying and goes.
        assert_eq!(heard.recv().await, Some(CellEvent::Started));
        drop(heard);
    };
    let (end, ()) = tokio::join!(run, listening);
    assert_eq!(end.unwrap().outcome, Outcome::Cancelled);
    pool.assert_healthy().await;
    pool.finish().await;
}

#[tokio::test]
async fn a_caller_that_is_dropped_midway_leaves_no_cell_behind() {
    let pool = TestPool::start().await;
    let (events, mut heard) = mpsc::channel(1);
    let request = program("while True: pass");
    tokio::select! {
        _ = pool.pool.run(Runtime::Python, request, events, CancellationToken::new()) => panic!("it never ends"),
        event = heard.recv() => assert_eq!(event, Some(CellEvent::Started)),
    }
    pool.assert_healthy().await;
    pool.finish().await;
}

#[tokio::test]
async fn what_is_not_offered_is_refused() {
    let pool = TestPool::start().await;
    let (events, _heard) = mpsc::channel(1);
    let end = pool.pool.run(Runtime::Cloud, program(""), events, CancellationToken::new()).await;
    assert_eq!(end, Err(Fault::NotOffered(Runtime::Cloud)));
    assert_eq!(pool.pool.runtimes(), [Runtime::Python]);
    pool.finish().await;
}
