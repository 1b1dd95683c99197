use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use pretty_assertions::assert_eq;
use serde_json::json;
use weak_to_strong::{
    db::ids::TypedId,
    sandbox::Outcome as End,
    submissions::{
        Verdict,
        live::{Event, RunLog, Stream},
        queue::{self, Hold, LEASE_EXPIRIES_MAX, Recorded},
    },
};

use super::{arrange, claim, done, outcome};
use crate::support::{
    TestApp,
    learning::names,
    scripted::{Act, Scripted},
};

#[tokio::test]
async fn a_broken_cell_is_our_fault_and_the_run_is_done_again() {
    let stage = Scripted::new([Act::breaks(), Act::ends(End::Infrastructure)]);
    let app = TestApp::builder().sandbox(stage.clone()).start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let end = ada.attempt(&app, "x = 1").await;
    assert_eq!((&end["verdict"], &end["attempt"]), (&json!("ACCEPTED"), &json!(1)));
    let requests = stage.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.seed == requests[0].seed && request.files == requests[0].files));
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_judged_through_no_merit_of_the_learner_uses_no_attempt() {
    let breaks = [Act::breaks(), Act::breaks(), Act::breaks()];
    let acts = breaks.into_iter().chain([Act::ends(End::NotGradable), Act::ends(End::ContentError), Act::hangs(0)]);
    let stage = Scripted::new(acts);
    let app = TestApp::builder().sandbox(stage.clone()).start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    for verdict in ["INFRASTRUCTURE", "NOT_GRADABLE", "CONTENT_ERROR"] {
        let end = ada.attempt(&app, "x = 1").await;
        assert_eq!((&end["verdict"], &end["usesAttempt"], &end["attempt"]), (&json!(verdict), &json!(false), &json!(1)), "{end}");
        assert!(end["checks"].as_array().unwrap().iter().all(|check| check["status"] == "NOT_RUN"));
    }
    let id = ada.submit("x = 1").await;
    stage.begun(6).await;
    super::cancel(&ada, &id).await;
    assert_eq!(ada.end(&app, &id).await["usesAttempt"], false);
    // The first that is judged gives all its points.
    assert_eq!(ada.attempt(&app, "x = 1").await["attempt"], 1);
    assert_eq!(ada.xp().await, 80 + 50 + 25);
    app.stop().await;
}

/// It is cut off in the middle of a transaction: its connection lives, and so do its locks.
#[tokio::test]
async fn a_worker_that_freezes_with_locks_holds_up_nobody_for_long() {
    let app = TestApp::start().await;
    let people = [app.learner("Ada").await, app.learner("Bob").await];
    for learner in &people {
        learner.pass_the_quiz().await;
    }
    people[0].submit("x = 1").await;
    people[1].submit("x = 1").await;
    let (held, lost) = (claim(&app, "frozen").await.unwrap(), claim(&app, "lost").await.unwrap());
    app.clock.advance(TimeDelta::seconds(31));
    let mut frozen = app.conn().await;
    let id = held.id.uuid();
    frozen.batch_execute(&format!("BEGIN; SELECT FROM submissions WHERE id = '{id}' FOR UPDATE")).await.unwrap();
    assert_eq!(done(queue::reap(&app.app.db, app.clock.now()).await), 1, "the other's lease");
    assert_eq!(claim(&app, "next").await.unwrap().id, lost.id);
    // With a lock that no claim can pass: the database ends what pauses before those who wait give up.
    frozen.batch_execute("LOCK TABLE submissions IN EXCLUSIVE MODE").await.unwrap();
    assert_eq!(done(queue::reap(&app.app.db, app.clock.now()).await), 1, "what was held, too");
    assert_eq!(claim(&app, "next").await.unwrap().id, held.id);
    drop(frozen);
    app.stop().await;
}

#[tokio::test]
async fn a_lost_workers_run_is_done_again_and_its_watchers_start_anew() {
    let mut app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let id = ada.submit("x = 1").await;
    let mut socket = ada.socket(&app).await;
    let stream = socket.submission_events(&id, None).await;
    assert_eq!(socket.event(&stream).await.unwrap()["submission"]["status"], "QUEUED");
    let lost = claim(&app, "lost").await.unwrap();
    let mut log = RunLog::new(app.app.events.clone(), lost.id, lost.generation);
    done(log.append(app.clock.now(), Event::Started).await);
    let printed = Event::Output { stream: Stream::Stdout, text: "of the lost run".to_owned(), offset: 0, truncated: false };
    done(log.append(app.clock.now(), printed).await);
    let seen = socket.events(&stream, 2).await;
    assert_eq!(names(&seen), ["SubmissionStarted", "OutputChunk"]);
    // Before the lease has expired, nobody takes it away.
    assert_eq!(done(queue::reap(&app.app.db, app.clock.now()).await), 0);
    app.clock.advance(TimeDelta::seconds(31));
    assert_eq!(done(queue::reap(&app.app.db, app.clock.now()).await), 1);
    app.work_in(Scripted::new([]));
    let mut rest = Vec::new();
    while let Some(event) = socket.event(&stream).await {
        rest.push(event);
    }
    assert_eq!(names(&rest)[..2], ["StreamReset", "SubmissionSnapshot"]);
    assert_eq!(rest[0]["cause"], "RUN_AGAIN");
    assert_eq!(rest[1]["submission"]["output"]["stdout"], "");
    assert_eq!(rest.last().unwrap()["submission"]["verdict"], "ACCEPTED");
    // A cursor of the lost run is answered the same way.
    let resumed = ada.follow_after(&app, &id, Some(&seen[1]["cursor"])).await;
    assert_eq!(names(&resumed), ["StreamReset", "SubmissionSnapshot", "SubmissionFinished"]);
    app.stop().await;
}

#[tokio::test]
async fn a_deposed_workers_late_record_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let id = ada.submit("x = 1").await;
    let lost = claim(&app, "lost").await.unwrap();
    app.clock.advance(TimeDelta::seconds(31));
    assert_eq!(done(queue::reap(&app.app.db, app.clock.now()).await), 1);
    let now_held = claim(&app, "next").await.unwrap();
    assert_eq!((now_held.id, now_held.generation), (lost.id, lost.generation + 1));
    let (db, now, lease) = (&app.app.db, app.clock.now(), app.app.config.worker.lease);
    assert_eq!(done(queue::heartbeat(db, now, lost.id, lost.generation, lease).await), Hold::Deposed);
    let late = outcome(&app, &lost, Verdict::Accepted).await;
    assert_eq!(done(queue::record(db, now, &lost, &late).await), Recorded::Deposed);
    assert_eq!((ada.submission(&id).await["status"].clone(), ada.xp().await), (json!("RUNNING"), 25));
    let wrong = outcome(&app, &now_held, Verdict::WrongAnswer).await;
    assert_eq!(done(queue::record(db, now, &now_held, &wrong).await), Recorded::Stored);
    assert_eq!(done(queue::record(db, now, &lost, &late).await), Recorded::Deposed);
    assert_eq!((ada.submission(&id).await["verdict"].clone(), ada.xp().await), (json!("WRONG_ANSWER"), 25));
    app.stop().await;
}

#[tokio::test]
async fn a_deposed_workers_late_events_reach_nobody() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let id = ada.submit("x = 1").await;
    let lost = claim(&app, "lost").await.unwrap();
    let mut late = RunLog::new(app.app.events.clone(), lost.id, lost.generation);
    done(late.append(app.clock.now(), Event::Started).await);
    app.clock.advance(TimeDelta::seconds(31));
    assert_eq!(done(queue::reap(&app.app.db, app.clock.now()).await), 1);
    let held = claim(&app, "next").await.unwrap();
    let mut log = RunLog::new(app.app.events.clone(), held.id, held.generation);
    let printed = |text: &str| Event::Output { stream: Stream::Stdout, text: text.to_owned(), offset: 0, truncated: false };
    done(log.append(app.clock.now(), Event::Started).await);
    for event in [printed("of the lost run"), Event::Finished { verdict: Verdict::Accepted }] {
        assert!(late.append(app.clock.now(), event).await.is_err(), "its generation is over");
    }
    done(log.append(app.clock.now(), printed("of the next run")).await);
    let mut socket = ada.socket(&app).await;
    let stream = socket.submission_events(&id, None).await;
    let snapshot = socket.event(&stream).await.unwrap();
    assert_eq!(
        (&snapshot["submission"]["status"], &snapshot["submission"]["output"]["stdout"]),
        (&json!("RUNNING"), &json!("of the next run"))
    );
    app.stop().await;
}

#[tokio::test]
async fn a_verdict_that_is_delivered_twice_pays_once() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    ada.submit("x = 1").await;
    let held = claim(&app, "one").await.unwrap();
    let passed = outcome(&app, &held, Verdict::Accepted).await;
    let (db, now) = (&app.app.db, app.clock.now());
    let at_once = tokio::join!(
        queue::record(db, now, &held, &passed),
        queue::record(db, now, &held, &passed),
        queue::record(db, now, &held, &passed)
    );
    let mut taken = [done(at_once.0), done(at_once.1), done(at_once.2)];
    taken.sort_by_key(|recorded| *recorded == Recorded::Deposed);
    assert_eq!(taken, [Recorded::Stored, Recorded::Deposed, Recorded::Deposed]);
    assert_eq!(done(queue::record(db, now, &held, &passed).await), Recorded::Deposed);
    assert_eq!(ada.xp().await, 80 + 50 + 25);
    app.stop().await;
}

#[tokio::test]
async fn a_run_that_kills_its_workers_ends_as_our_fault() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let id = ada.submit("x = 1").await;
    claim(&app, "killed").await.unwrap();
    arrange(&app, &format!("UPDATE submissions SET lease_expiries = {}", LEASE_EXPIRIES_MAX - 1)).await;
    app.clock.advance(TimeDelta::seconds(31));
    assert_eq!(done(queue::reap(&app.app.db, app.clock.now()).await), 0);
    let end = ada.end(&app, &id).await;
    assert_eq!((&end["verdict"], &end["usesAttempt"]), (&json!("INFRASTRUCTURE"), &json!(false)));
    app.stop().await;
}
