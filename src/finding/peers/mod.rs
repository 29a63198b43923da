//! What other tools say of the same resources, and which of our codes says it.
//!
//! The tables hold every message of each tool, so that somebody who comes from there sees what became
//! of it. `docs/peers.md` is written from them.

mod istioctl;
mod kiali;

use super::Code;

/// A tool that checks Istio's resources.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tool {
    /// `istioctl analyze`, as of Istio 1.31.
    Istioctl,
    /// Kiali's validations, as of 2.31.
    Kiali,
}

/// One message of a tool.
#[derive(Debug)]
pub struct Message {
    /// Their code.
    pub code: &'static str,
    /// Their name for it.
    pub name: &'static str,
    /// What unmesh does.
    pub answer: Answer,
}

/// Which of our codes says the same, or why none does.
#[derive(Debug)]
pub enum Answer {
    /// These do, each for a part of it or for another object.
    Codes(&'static [&'static Code]),
    /// None: a reason, and what it means here.
    None(Reason, &'static str),
}

/// Why unmesh has no code for a message of another tool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// It is about what runs, or about what the API server writes.
    NeedsCluster,
    /// It reads certificates.
    NeedsSecret,
    /// It is about Istio's own installation, which goes.
    ControlPlane,
    /// What it warns of does no harm, or does not happen.
    WrongInPeer,
    /// It is declared there and never said.
    NeverSaid,
}

impl Tool {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 2] = [Self::Istioctl, Self::Kiali];

    /// The word for JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Istioctl => "istioctl",
            Self::Kiali => "kiali",
        }
    }

    /// Its messages, by code.
    #[must_use]
    pub fn messages(self) -> &'static [Message] {
        match self {
            Self::Istioctl => istioctl::MESSAGES,
            Self::Kiali => kiali::MESSAGES,
        }
    }
}

impl Reason {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NeedsCluster => "needs a live cluster",
            Self::NeedsSecret => "needs a Secret's content",
            Self::ControlPlane => "control plane only",
            Self::WrongInPeer => "wrong in the peer",
            Self::NeverSaid => "never said",
        }
    }
}

/// The messages that a code of ours stands for.
pub fn of(code: &'static Code) -> impl Iterator<Item = (Tool, &'static Message)> {
    let stands_for = move |message: &&Message| match message.answer {
        Answer::Codes(codes) => codes.contains(&code),
        Answer::None(..) => false,
    };
    Tool::ALL
        .into_iter()
        .flat_map(move |tool| tool.messages().iter().filter(stands_for).map(move |message| (tool, message)))
}

const fn said(code: &'static str, name: &'static str, codes: &'static [&'static Code]) -> Message {
    Message { code, name, answer: Answer::Codes(codes) }
}

const fn unsaid(code: &'static str, name: &'static str, reason: Reason, why: &'static str) -> Message {
    Message { code, name, answer: Answer::None(reason, why) }
}
