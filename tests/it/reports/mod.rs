//! Report cards and the transcript: what they say, when they are issued, who opens their PDFs.

mod documents;
mod monthly;

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeZone, Utc};
use chrono_tz::Europe;
use serde_json::{Value, json};
use weak_to_strong::reports::month::Month;

use crate::support::{TestApp, client::Client};

const REPORT_CARD: &str = include_str!("../../../graphql/reports/ReportCard.graphql");
const REPORT_CARDS: &str = include_str!("../../../graphql/reports/ReportCards.graphql");
const TRANSCRIPT: &str = include_str!("../../../graphql/reports/Transcript.graphql");

async fn card(client: &Client, month: &str) -> Value {
    client.query(REPORT_CARD, json!({"month": month})).await["viewer"]["reportCard"].clone()
}

async fn issued(client: &Client) -> Vec<String> {
    let data = client.query(REPORT_CARDS, json!({"first": null, "after": null})).await;
    let nodes = data["viewer"]["reportCards"]["nodes"].as_array().unwrap().clone();
    nodes.iter().map(|card| card["month"].as_str().unwrap().to_owned()).collect()
}

/// The month of the learners of the tests.
fn month(app: &TestApp) -> Month {
    Month::of(app.clock.now(), Europe::Berlin)
}

/// Moves the clock to a day of a later month, at noon in Berlin.
fn move_to(app: &TestApp, months: u32, day: u32) {
    let now = app.clock.now().with_timezone(&Europe::Berlin).date_naive();
    let day: NaiveDate = (now.with_day(1).unwrap() + Months::new(months)).with_day(day).unwrap();
    let then: DateTime<Utc> = Europe::Berlin.from_local_datetime(&day.and_hms_opt(12, 0, 0).unwrap()).unwrap().with_timezone(&Utc);
    app.clock.advance(then - app.clock.now());
}
