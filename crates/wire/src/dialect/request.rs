//! One operation's request and the judgement of its answer.

use super::condition::{Broken, Condition};
use super::item::Item;
use super::lookup::{Fields, Found, Lookup, Slot};
use super::template::{Field, Frame, Template};
use super::{CodeForm, Judged, Taken, Values};
use crate::session::{AnswerFault, Code};

/// One operation's request and the judgement of its answer.
#[derive(Debug)]
pub struct Request {
    pub(super) template: Template,
    pub(super) answer: Answer,
    pub(super) batch: Option<u32>,
    pub(super) item: Item,
}

/// How an answer is judged.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The statuses of a success; none: every 2xx.
    pub(super) statuses: Vec<u16>,
    pub(super) lookup: Lookup,
    /// What a success has in its body.
    pub(super) equals: Option<(Slot, Expected)>,
    /// What else must be so.
    pub(super) conditions: Vec<Condition>,
    /// Where the error code is.
    pub(super) code: Option<Slot>,
    /// Codes of refusals that are as good as a success.
    pub(super) also_success: Vec<Code>,
    pub(super) take: Vec<Take>,
}

/// A value that a file compares with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Text(Box<str>),
    Whole(i64),
    Flag(bool),
}

/// Something taken from a success for later steps.
#[derive(Debug)]
pub(super) struct Take {
    pub(super) gift: Gift,
    pub(super) slot: Slot,
    /// Only what stands after the first text and before the second.
    pub(super) between: Option<(Box<str>, Box<str>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gift {
    Token,
    UserId,
    UserSig,
}

impl Gift {
    pub(super) const NAMES: [(&'static str, Self); 3] = [
        ("token", Self::Token),
        ("user_id", Self::UserId),
        ("user_sig", Self::UserSig),
    ];
}

impl Expected {
    /// Whether it stands there. A number and the same number as text are one.
    pub(super) fn is(&self, found: &Found<'_>) -> bool {
        match (self, found) {
            (Self::Text(text), Found::Text(found)) => **text == **found,
            (Self::Whole(number), Found::Whole(found)) => number == found,
            (Self::Flag(flag), Found::Flag(found)) => flag == found,
            (Self::Text(text), Found::Whole(number)) => **text == *number.to_string(),
            (Self::Whole(number), Found::Text(text)) => **text == *number.to_string(),
            (
                Self::Text(_) | Self::Whole(_) | Self::Flag(_),
                Found::Nothing
                | Found::Text(_)
                | Found::Whole(_)
                | Found::Flag(_)
                | Found::Number(_)
                | Found::Null
                | Found::List
                | Found::Object
                | Found::Each(_),
            ) => false,
        }
    }

    fn is_code(&self, code: &Code) -> bool {
        match self {
            Self::Whole(number) => *code == Code::Number(*number),
            Self::Text(text) => *code == Code::from(&**text),
            Self::Flag(_) => false,
        }
    }
}

impl Request {
    /// Appends the whole HTTP/1.1 request, head and body, to `out`. `host` is the `Host` header's value; `extra` is
    /// complete header lines (each ending in CRLF) that every request of the run carries. Values are escaped for the
    /// place they stand in: JSON string, URL path or query; a header value drops control characters.
    pub fn render(&self, values: &Values<'_>, host: &str, extra: &str, out: &mut Vec<u8>) {
        let frame = Frame {
            host,
            extra,
            key: "",
        };
        self.template.render(values, frame, out);
    }

    /// Appends the body of the request alone, as [`Self::render`] writes it.
    pub fn render_body(&self, values: &Values<'_>, out: &mut Vec<u8>) {
        self.template.render_body(values, out);
    }

    /// Whether a signature over its body stands in it.
    #[must_use]
    pub fn signs_its_body(&self) -> bool {
        self.uses(Field::BodySign)
    }

    /// The most accounts that one request may name; none where it names one.
    #[must_use]
    pub const fn batch(&self) -> Option<u32> {
        self.batch
    }

    /// The accounts that a request names, as its `{user_ids}` has them.
    pub fn list_of<'u>(&self, user_ids: impl IntoIterator<Item = &'u str>) -> String {
        self.item.list_of(user_ids)
    }

    /// Judges a complete answer to a request that named no accounts in a list.
    #[must_use]
    pub fn judge(&self, status: u16, body: &[u8]) -> Judged {
        self.answer.judge(status, body, 0).0
    }

    /// Judges a complete answer to a request that named so many accounts in a list: it must tell of each. Gives how the answer
    /// writes its code, too.
    #[must_use]
    pub fn judge_of_many(&self, status: u16, body: &[u8], named: usize) -> (Judged, CodeForm) {
        self.answer.judge(status, body, named)
    }

    /// Whether it says by a token which session asks.
    #[must_use]
    pub fn needs_token(&self) -> bool {
        self.uses(Field::Token)
    }

    /// Whether it has this placeholder.
    pub(super) fn uses(&self, field: Field) -> bool {
        self.template.has(field)
    }

    /// Whether its success gives this to later steps.
    pub(super) fn gives(&self, gift: Gift) -> bool {
        self.answer.take.iter().any(|take| take.gift == gift)
    }
}

impl Answer {
    fn judge(&self, status: u16, body: &[u8], named: usize) -> (Judged, CodeForm) {
        let status_is_good = is_success(&self.statuses, status);
        let reads_body =
            self.equals.is_some() || !self.take.is_empty() || !self.conditions.is_empty();
        if status_is_good && !reads_body {
            return (Judged::Success(Taken::default()), CodeForm::default());
        }
        let fields = self.lookup.read(body);
        let form = fields
            .as_ref()
            .map_or(CodeForm::AsDocumented, |fields| self.form(fields));
        let judged = match fields {
            Ok(fields) if status_is_good => self.judge_good(status, &fields, named),
            Ok(fields) => self.refused(status, self.code_in(&fields)),
            Err(_) if status_is_good => Judged::Malformed(AnswerFault::NotJson),
            Err(_) => self.refused(status, None),
        };
        (judged, form)
    }

    /// How the code is written where the dialect's success is a number.
    fn form(&self, fields: &Fields<'_>) -> CodeForm {
        let Some((place, Expected::Whole(_))) = self.equals else {
            return CodeForm::AsDocumented;
        };
        let is_text_of_a_number = |slot: Slot| matches!(fields.at(slot), Found::Text(text) if matches!(Code::from(&**text), Code::Number(_)));
        if is_text_of_a_number(place) || self.code.is_some_and(is_text_of_a_number) {
            CodeForm::TextForNumber
        } else {
            CodeForm::AsDocumented
        }
    }

    /// Judges the body of an answer whose status is a success's.
    fn judge_good(&self, status: u16, fields: &Fields<'_>, named: usize) -> Judged {
        let code = self.code_in(fields);
        let good = match &self.equals {
            Some((slot, expected)) => {
                let found = fields.at(*slot);
                (*found != Found::Nothing).then(|| expected.is(found))
            }
            None => Some(true),
        };
        match (good, self.taken(fields)) {
            (Some(true), Ok(taken)) => self
                .judge_further(status, fields, named)
                .unwrap_or(Judged::Success(taken)),
            (Some(false), _) => self.refused(status, code.or_else(|| self.said(status, fields))),
            // An answer without the fields of a success may still say why it is none.
            (Some(true) | None, _) if code.is_some() => self.refused(status, code),
            (None, _) => Judged::Malformed(AnswerFault::Lacks(self.place_of_success())),
            (Some(true), Err(place)) => Judged::Malformed(AnswerFault::Lacks(place)),
        }
    }

    /// What is wrong with an answer that is a success as far as its status and its code say.
    fn judge_further(&self, status: u16, fields: &Fields<'_>, named: usize) -> Option<Judged> {
        let told = |one: &Condition| {
            one.broken_by(fields.at(one.slot), self.lookup.pointer(one.slot), named)
        };
        Some(match self.conditions.iter().find_map(told)? {
            Broken::Lacks(place) => Judged::Malformed(AnswerFault::Lacks(place)),
            Broken::Code(code) => self.refused(status, Some(Code::Number(code))),
            Broken::Is(what) => {
                let said = format!("HTTP {status}, {what}");
                self.refused(status, Some(Code::Said(said.into())))
            }
        })
    }

    fn place_of_success(&self) -> Box<str> {
        let slot = self.equals.as_ref().map(|(slot, _)| *slot);
        slot.map_or("", |slot| self.lookup.pointer(slot)).into()
    }

    /// What stands where a success says so, in an answer that says nothing else.
    fn said(&self, status: u16, fields: &Fields<'_>) -> Option<Code> {
        let (slot, _) = self.equals.as_ref()?;
        let place = self.place_of_success();
        let place = if place.is_empty() {
            "the answer"
        } else {
            &place
        };
        let said = format!("HTTP {status}, {place} is {}", fields.at(*slot));
        Some(Code::Said(said.into()))
    }

    fn refused(&self, status: u16, code: Option<Code>) -> Judged {
        match code {
            Some(code) if self.also_success.contains(&code) => Judged::Success(Taken::default()),
            code => Judged::Refused { status, code },
        }
    }

    /// The error code, unless it is the one that says success.
    fn code_in(&self, fields: &Fields<'_>) -> Option<Code> {
        let code = fields.at(self.code?).code()?;
        let says_success = self
            .equals
            .as_ref()
            .is_some_and(|(_, expected)| expected.is_code(&code));
        (!says_success).then_some(code)
    }

    /// What later steps need, or the place where a part of it is missing.
    fn taken(&self, fields: &Fields<'_>) -> Result<Taken, Box<str>> {
        let mut taken = Taken::default();
        for take in &self.take {
            let place = self.lookup.pointer(take.slot);
            let part = take.part_of(fields.at(take.slot), place)?;
            match take.gift {
                Gift::Token => taken.token = Some(part),
                Gift::UserId => taken.user_id = Some(part),
                Gift::UserSig => taken.user_sig = Some(part),
            }
        }
        Ok(taken)
    }
}

impl Take {
    /// What is taken of what stands at its `place`; else what is wrong there.
    fn part_of(&self, found: &Found<'_>, place: &str) -> Result<Box<str>, Box<str>> {
        if *found == Found::Nothing {
            return Err(place.into());
        }
        let Some(text) = found.text() else {
            return Err(format!("text at {place}: it is {found}").into());
        };
        let Some((after, before)) = &self.between else {
            return Ok(text.into());
        };
        let from = text.split_once(&**after).map(|(_, rest)| rest);
        let part = from.and_then(|rest| Some(rest.split_once(&**before)?.0));
        // The text itself may be a secret, so it is not shown.
        let missing = || format!("{after:?} or {before:?} in {place}").into();
        part.map(Into::into).ok_or_else(missing)
    }
}

/// Whether `status` is one of `statuses`, or any 2xx where there are none.
pub(super) fn is_success(statuses: &[u16], status: u16) -> bool {
    if statuses.is_empty() {
        (200..300).contains(&status)
    } else {
        statuses.contains(&status)
    }
}
