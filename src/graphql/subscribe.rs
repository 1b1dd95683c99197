//! Runs a subscription: alone at first, then from the feed of all who would be told the same ([`super::feeds`]), and alone again where
//! that cannot go on.

use std::{panic::AssertUnwindSafe, sync::Arc};

use async_graphql::{Name, Response, Value, futures_util::stream::BoxStream};
use futures_util::{FutureExt, Stream, StreamExt, stream};

use super::{
    admit::{Admitted, Runs},
    batches::Beside,
    delivery::{Deliveries, Delivery, Share, Standing, Subscriber},
    execute::{Answer, Caller, Engine, Outcome, end, panicked, prepared, reserve, span_of},
    feeds::{Frame, Key, Member, Taken},
};
use crate::{app::App, events::Cursor, metrics::Open};

/// An answer on its way to one subscriber.
pub struct Told {
    pub frame: Arc<Frame>,
    /// Of an event that has just happened: to be told when it is sent.
    pub delivery: Option<Box<Delivery>>,
}

impl Frame {
    #[must_use]
    pub fn of(answer: Answer) -> Self {
        let json = answer.to_json();
        let cursor = cursor(&answer).map(str::to_owned);
        let codes: Vec<String> = answer.codes().map(str::to_owned).collect();
        let is_good = answer.errors.is_empty();
        let refused = (answer.outcome() == Outcome::Refused || answer.is_interrupted()).then_some(answer);
        Self { json, cursor, refused, codes, is_good, notes: super::delivery::Notes::default() }
    }
}

/// `data.<root>.cursor`, when the document selects it.
fn cursor(answer: &Answer) -> Option<&str> {
    let Some(Value::Object(data)) = &answer.data else { return None };
    let Some(Value::Object(root)) = data.values().next() else { return None };
    match root.get("cursor") {
        Some(Value::String(cursor)) if cursor.bytes().all(|byte| byte.is_ascii_graphic()) => Some(cursor),
        _ => None,
    }
}

/// A running operation of the schema.
pub(super) struct Execution {
    responses: Option<Beside<BoxStream<'static, Response>>>,
    deliveries: Deliveries,
    plan: Arc<Plan>,
}

impl Execution {
    /// The next answer; ends after a panic.
    pub(super) async fn next(&mut self) -> Option<Frame> {
        let responses = self.responses.as_mut()?;
        let request_id = &self.plan.caller.request_id;
        let answer = if let Ok(response) = AssertUnwindSafe(responses.next()).catch_unwind().await {
            Answer::seal(response?, request_id)
        } else {
            let mut answer = Answer::refused(panicked(), request_id);
            answer.data = Some(Value::Null);
            self.responses = None;
            answer
        };
        self.plan.app.metrics.streams.executed(&self.plan.field);
        if answer.is_interrupted() {
            self.responses = None;
        }
        Some(Frame { notes: self.deliveries.take(), ..Frame::of(answer) })
    }

    pub(super) fn share(&self) {
        self.deliveries.share();
    }
}

/// What is needed to execute it again, and what makes it the same as another.
struct Plan {
    app: App,
    engine: Arc<dyn Engine>,
    runs: Runs,
    caller: Caller,
    field: String,
}

impl Plan {
    fn execute(self: &Arc<Self>, resumes: Option<Arc<Cursor>>) -> Execution {
        let deliveries = Deliveries::new(resumes);
        let (request, batches) = prepared(&self.app, self.runs.request(), &self.caller);
        let responses = Some(batches.beside(self.engine.execute_stream(request.data(deliveries.clone()))));
        Execution { responses, deliveries, plan: self.clone() }
    }

    fn key(&self, share: &Share) -> Option<Key> {
        let after: Option<&Name> = self.runs.document.after.as_ref();
        let variables: Vec<(&Name, &Value)> = self.runs.variables.iter().filter(|(name, _)| Some(*name) != after).collect();
        let variables = serde_json::to_vec(&variables).ok()?;
        let name = self.runs.operation_name.as_deref().unwrap_or_default();
        Some(Key::new(&[&self.runs.id.0, name.as_bytes(), &variables], share, self.caller.viewer.as_ref()))
    }
}

enum Source {
    Alone(Box<Execution>),
    Shared(Member),
    Over,
}

enum Alone {
    Told(Option<Box<Frame>>),
    Stands,
}

/// One subscriber's way through all of it.
struct Live {
    plan: Arc<Plan>,
    subscriber: Arc<Subscriber>,
    source: Source,
    /// Its execution has told nothing yet.
    is_fresh: bool,
    standing: Option<Standing>,
    _opened: Open,
}

impl Live {
    async fn next(&mut self) -> Option<Told> {
        loop {
            match &mut self.source {
                Source::Over => return None,
                Source::Alone(execution) => {
                    let frame = match execution.next().now_or_never() {
                        Some(frame) => frame,
                        None if self.joins() => continue,
                        None => match self.alone().await {
                            Alone::Told(frame) => frame.map(|frame| *frame),
                            Alone::Stands => continue,
                        },
                    };
                    return Some(self.told(Arc::new(frame?)));
                }
                Source::Shared(member) => match member.next().await {
                    Taken::Frame(frame) => return Some(self.told(frame)),
                    Taken::Complete => self.source = Source::Over,
                    Taken::Alone => {
                        let resumes = self.standing.as_ref().map(|standing| standing.cursor.clone());
                        self.source = Source::Alone(Box::new(self.plan.execute(resumes)));
                        self.is_fresh = true;
                        // Where it may be shared is for the new execution to say.
                        self.standing = self.standing.take().map(|standing| Standing { share: None, ..standing });
                    }
                },
            }
        }
    }

    /// Waits until something is told, or until it is known where the stream begins.
    async fn alone(&mut self) -> Alone {
        let Source::Alone(execution) = &mut self.source else { return Alone::Told(None) };
        let deliveries = execution.deliveries.clone();
        tokio::select! {
            biased;
            frame = execution.next() => Alone::Told(frame.map(Box::new)),
            () = deliveries.begun(), if self.is_fresh => Alone::Stands,
        }
    }

    /// Goes on with others where that is possible; called when there is nothing to be told at the moment.
    fn joins(&mut self) -> bool {
        let Source::Alone(execution) = &self.source else { return false };
        if self.is_fresh
            && let Some(standing) = execution.deliveries.stands_at_first()
        {
            self.standing = Some(standing);
        }
        let Some(standing) = &self.standing else { return false };
        let Some(key) = standing.share.as_ref().and_then(|share| self.plan.key(share)) else { return false };
        let Source::Alone(execution) = std::mem::replace(&mut self.source, Source::Over) else { return false };
        match self.plan.app.feeds.join(key, standing, *execution) {
            Ok(member) => {
                self.source = Source::Shared(member);
                true
            }
            Err(execution) => {
                self.source = Source::Alone(Box::new(execution));
                false
            }
        }
    }

    fn told(&mut self, frame: Arc<Frame>) -> Told {
        if let Some(found) = &frame.notes.standing {
            // Of a feed only the place is taken: who may share is said by one's own stream.
            let share = match (&self.source, self.standing.take()) {
                (Source::Shared(_), Some(own)) => own.share,
                _ => found.share.clone(),
            };
            self.standing = Some(Standing { cursor: found.cursor.clone(), share });
        }
        self.is_fresh = false;
        frame.codes.iter().for_each(|code| self.plan.app.metrics.error(code));
        let delivery = self.subscriber.takes(&frame.notes, frame.is_good);
        Told { frame, delivery }
    }
}

/// Runs a subscription; ends after a panic. Its cost is that of one event, and is not given back.
pub async fn subscribe(
    app: &App,
    engine: &Arc<dyn Engine>,
    mut admitted: Admitted,
    caller: &Caller,
) -> Result<impl Stream<Item = Told> + Send + use<>, Answer> {
    let span = span_of(app, &admitted);
    let reserved = match span.around(reserve(app, engine.as_ref(), &mut admitted, caller)).await {
        Ok(reserved) => reserved,
        Err(answer) => {
            answer.codes().for_each(|code| app.metrics.error(code));
            end(span, &answer);
            return Err(answer);
        }
    };
    app.metrics.spent("subscription", reserved.requested);
    let field = admitted.root_fields().next().unwrap_or_default().to_owned();
    let opened = app.metrics.streams.subscription_opened(&field);
    let subscriber = Arc::new(Subscriber::new(app, field.clone(), span.parent()));
    let plan = Arc::new(Plan { app: app.clone(), engine: engine.clone(), runs: admitted.priced(), caller: caller.clone(), field });
    let source = Source::Alone(Box::new(plan.execute(None)));
    let live = Live { plan, subscriber, source, is_fresh: true, standing: None, _opened: opened };
    Ok(stream::unfold(live, |mut live| async move { live.next().await.map(|told| (told, live)) }))
}
