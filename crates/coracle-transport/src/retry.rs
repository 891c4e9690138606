//! When to try again, and after how long. Sleeping is the client's.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

use crate::request::Request;
use crate::response::Response;
use crate::{ClientOptions, Error};

/// Whoever asks for a longer wait gets none: the answer goes to the caller.
const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// Doubling stops here.
const LONGEST_BACKOFF: Duration = Duration::from_secs(20);

/// Another try, after a wait, for a reason.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Again {
    pub(crate) wait: Duration,
    pub(crate) reason: String,
}

/// Whether this outcome of try number `attempt` (from 0) calls for another.
pub(crate) fn again(
    options: &ClientOptions,
    request: &Request,
    attempt: u32,
    outcome: &Result<Response, Error>,
) -> Option<Again> {
    if attempt >= options.retries || !request.retried {
        return None;
    }
    match outcome {
        Err(error) => {
            let allowed = request.repeatable || error.nothing_was_sent();
            (allowed && error.another_try_may_help()).then(|| Again {
                wait: backoff(options.first_wait, attempt),
                reason: error.to_string(),
            })
        }
        Ok(response) => {
            let status = response.status();
            // "Too many requests" says that this one was not looked at.
            let allowed = request.repeatable || status == 429;
            if !allowed || !matches!(status, 408 | 429 | 500 | 502 | 503 | 504) {
                return None;
            }
            let asked = asked_for(response.header("retry-after"), response.header("date"));
            let wait = asked.unwrap_or_else(|| backoff(options.first_wait, attempt));
            (wait <= LONGEST_WAIT).then(|| Again {
                wait,
                reason: format!("answered {status}"),
            })
        }
    }
}

/// Twice as long each time, between half of that and all of it, so that many clients that failed
/// together do not come back together.
pub(crate) fn backoff(first: Duration, attempt: u32) -> Duration {
    let doubled = first
        .saturating_mul(2_u32.saturating_pow(attempt))
        .min(LONGEST_BACKOFF);
    // The standard library's hasher has random keys; that is random enough to spread load.
    let share = RandomState::new().hash_one(attempt) % 1000;
    let share = u32::try_from(share).unwrap_or_default();
    doubled / 2 + doubled / 2 * share / 1000
}

/// RFC 9110, 10.2.3: seconds, or a date. A date is taken relative to the server's own clock, which
/// the same answer tells: ours may be wrong.
fn asked_for(retry_after: Option<&str>, date: Option<&str>) -> Option<Duration> {
    let retry_after = retry_after?.trim();
    if let Ok(seconds) = retry_after.parse::<u32>() {
        return Some(Duration::from_secs(u64::from(seconds)));
    }
    let until = httpdate::parse_http_date(retry_after).ok()?;
    let now = httpdate::parse_http_date(date?.trim()).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_server_may_ask_in_seconds_or_by_its_own_clock() {
        let date = Some("Wed, 21 Oct 2026 07:28:00 GMT");
        let second = Duration::from_secs;
        assert_eq!(asked_for(Some(" 7 "), None), Some(second(7)));
        assert_eq!(
            asked_for(Some("Wed, 21 Oct 2026 07:28:30 GMT"), date),
            Some(second(30))
        );
        assert_eq!(
            asked_for(Some("Wed, 21 Oct 2026 07:27:00 GMT"), date),
            Some(second(0))
        );
        assert_eq!(asked_for(Some("Wed, 21 Oct 2026 07:28:30 GMT"), None), None);
        assert_eq!(asked_for(Some("soon"), date), None);
        assert_eq!(asked_for(None, date), None);
    }

    #[test]
    fn waits_double_within_bounds() {
        for attempt in 0..40 {
            let full = Duration::from_millis(500)
                .saturating_mul(2_u32.saturating_pow(attempt))
                .min(LONGEST_BACKOFF);
            let wait = backoff(Duration::from_millis(500), attempt);
            assert!(wait >= full / 2 && wait <= full, "{attempt}: {wait:?}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_the_parser_panic(retry in ".{0,40}", date in ".{0,40}") {
            asked_for(Some(&retry), Some(&date));
        }
    }
}
