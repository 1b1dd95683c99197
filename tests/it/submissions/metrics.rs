use crate::support::{
    TestApp,
    scripted::{Act, Scripted},
};

/// How often each phase was gone through, as `/metrics` tells.
async fn phases(app: &TestApp) -> Vec<(String, u64)> {
    let text = app.get("/metrics").await.text().await.unwrap();
    let counts = text.lines().filter_map(|line| line.strip_prefix("submission_phase_seconds_count{phase=\""));
    counts.map(|line| line.split_once("\"} ").unwrap()).map(|(phase, count)| (phase.to_owned(), count.parse().unwrap())).collect()
}

#[tokio::test]
async fn every_phase_of_a_submission_is_timed() {
    let app = TestApp::builder().sandbox(Scripted::new([Act::passes(), Act::passes()])).start().await;
    let ada = app.learner("Ada").await;
    let each = |count: u64| ["cell", "claim", "judge", "queue", "record", "run"].map(|phase| (phase.to_owned(), count)).to_vec();
    assert_eq!(phases(&app).await, each(0));
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    assert_eq!(phases(&app).await, each(1));
    ada.end(&app, &ada.run("print()").await).await;
    assert_eq!(phases(&app).await, each(2));
    app.stop().await;
}
