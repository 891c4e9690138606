//! One repository of one registry: asks, and signs in when it is told to.

use coracle_transport::{Client, Request, Response};

use crate::Error;
use crate::authorization::{Authorizer, Errand, Scope};
use crate::endpoint::Endpoint;
use crate::refusal::refused;

/// A repository to speak with.
#[derive(Clone)]
pub(crate) struct Session<'a> {
    pub(crate) client: &'a Client,
    pub(crate) authorizer: &'a Authorizer,
    pub(crate) endpoint: Endpoint,
    pub(crate) repository: String,
}

impl Session<'_> {
    /// An address of the repository: `manifests/v1`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/v2/{}/{path}", self.endpoint.base, self.repository)
    }

    /// Reads.
    pub(crate) fn pull(&self) -> Scope {
        Scope::of(&self.repository, "pull")
    }

    /// Writes, and reads meanwhile: one token for both.
    pub(crate) fn push(&self) -> Scope {
        Scope::of(&self.repository, "pull,push")
    }

    /// Sends a request and returns the answer, whatever it is.
    pub(crate) fn ask(
        &self,
        doing: &str,
        scope: &Scope,
        request: &Request,
    ) -> Result<Response, Error> {
        self.ask_fresh(doing, scope, &mut || Ok(request.clone()))
    }

    /// As [`Session::ask`], with a new request for each try.
    ///
    /// 1. Sent with what was valid for the scope last, if anything.
    /// 2. On a 401, what the challenge asks for is fetched: the first time, or anew where a token has
    ///    expired since.
    /// 3. Sent again, once. A second 401 is the answer.
    pub(crate) fn ask_fresh(
        &self,
        doing: &str,
        scope: &Scope,
        make: &mut dyn FnMut() -> Result<Request, Error>,
    ) -> Result<Response, Error> {
        let first = self.authorizer.known(&self.endpoint, scope);
        let response = self.send(first.as_deref(), make)?;
        if response.status() != 401 {
            return Ok(response);
        }
        let errand = self.errand(doing);
        let again = self
            .authorizer
            .answer(&errand, scope, first.as_deref(), response)?;
        self.send(Some(&again), make)
    }

    fn send(
        &self,
        authorization: Option<&str>,
        make: &mut dyn FnMut() -> Result<Request, Error>,
    ) -> Result<Response, Error> {
        self.client.send_fresh(|| {
            let request = make()?;
            Ok(match authorization {
                Some(value) => request.header("authorization", value),
                None => request,
            })
        })
    }

    /// The answer if its status is one of these, else what the "no" means.
    pub(crate) fn expect(
        &self,
        doing: &str,
        statuses: &[u16],
        response: Response,
    ) -> Result<Response, Error> {
        if statuses.contains(&response.status()) {
            return Ok(response);
        }
        Err(self.refused(doing, response))
    }

    /// What a "no" means.
    pub(crate) fn refused(&self, doing: &str, response: Response) -> Error {
        refused(self.authorizer.about(&self.errand(doing)), response)
    }

    /// An answer that the specification does not allow.
    pub(crate) fn protocol(&self, doing: &str, reason: &str) -> Error {
        self.errand(doing).protocol(reason)
    }

    fn errand<'a>(&'a self, doing: &'a str) -> Errand<'a> {
        Errand {
            client: self.client,
            endpoint: &self.endpoint,
            repository: &self.repository,
            doing,
        }
    }
}
