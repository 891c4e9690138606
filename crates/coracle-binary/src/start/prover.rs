//! The walk from a launch to its programs: each is looked up, executed, loaded, and followed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::closure;
use super::files::Files;
use super::kernel::{self, Exec, Image};
use super::object::View;
use super::permissions::{Access, may};
use super::programs::{self, Invocation};
use super::report::{Code, Finding, Report};
use super::tree::NodeKind;
use super::wrappers::{self, Following, Next};
use super::{Launch, User};

/// Who a container is set up by.
const ROOT: User = User {
    uid: 0,
    gid: 0,
    groups: Vec::new(),
};
/// More programs than any launch leads to; a circle of wrappers ends here.
const PROGRAMS_LIMIT: usize = 64;

/// The walk of one launch.
pub(super) struct Walk<'l, 'a> {
    view: View<'a>,
    launch: &'l Launch,
    report: Report,
    /// What was proven already: a program that is started twice in the same way is one program.
    done: Vec<Start>,
}

/// All that decides what a program's loader does.
#[derive(Clone, PartialEq, Eq)]
struct Start {
    file: String,
    user: User,
    environment: BTreeMap<String, String>,
    working_directory: String,
    opens: bool,
}

impl<'l, 'a> Walk<'l, 'a> {
    pub(super) fn new(files: Arc<Files<'a>>, launch: &'l Launch) -> Self {
        Self {
            view: View::new(files, launch),
            launch,
            report: Report::default(),
            done: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Report {
        self.check_working_directory();
        let mut waiting = self.first_programs();
        let mut seen: Vec<Invocation> = Vec::new();
        while let Some(invocation) = waiting.pop_front() {
            let same = |known: &Invocation| {
                let unchained = Invocation {
                    chain: known.chain.clone(),
                    ..invocation.clone()
                };
                *known == unchained
            };
            if seen.iter().any(same) {
                continue;
            }
            if seen.len() >= PROGRAMS_LIMIT {
                let explanation = format!("more than {PROGRAMS_LIMIT} programs start one another");
                let subject = invocation.arguments.first().cloned().unwrap_or_default();
                self.report
                    .findings
                    .push(Finding::unproven(Code::TooMuch, &subject, explanation));
                break;
            }
            waiting.extend(self.prove(&invocation));
            seen.push(invocation);
        }
        self.find_unneeded();
        self.report
    }

    /// What is provided and nobody asks for is most likely misspelt.
    fn find_unneeded(&mut self) {
        let needed = |name: &&String| {
            let report = &self.report;
            let asked = report
                .provided
                .iter()
                .any(|provided| provided.name == **name);
            asked || report.openers.iter().any(|opener| opener.names(name))
        };
        let provided = self.launch.provided.iter();
        self.report.unneeded = provided.filter(|name| !needed(name)).cloned().collect();
    }

    /// runc makes a working directory that is missing; one that is no directory stops it. It enters the directory before it
    /// changes users (`finalizeNamespace` in `libcontainer/init_linux.go`), so that one that is closed to the user stops
    /// nothing.
    fn check_working_directory(&mut self) {
        let directory = self.working_directory();
        let user = &self.launch.user;
        let subject = directory.clone();
        let explanation = match self.view.resolve(&ROOT, "/", &directory) {
            Ok(found) if found.node.kind != NodeKind::Directory => "not a directory".to_owned(),
            Ok(found) => {
                let closed = !may(user, &found.node, Access::Execute)
                    || self.view.resolve(user, "/", &directory).is_err();
                if closed {
                    self.report.notes.push(format!(
                        "the working directory {directory} is closed to the user {}: runc enters it all the same, and the \
                         program finds nothing there",
                        user.uid
                    ));
                }
                return;
            }
            Err(super::tree::PathError::Missing(_)) => return,
            Err(error) => error.text().to_owned(),
        };
        let finding = Finding::fails(Code::WorkingDirectory, &subject, explanation);
        self.report
            .findings
            .push(finding.through(&["WORKDIR".to_owned()]));
    }

    fn working_directory(&self) -> String {
        let given = &self.launch.working_directory;
        if given.is_empty() {
            "/".to_owned()
        } else {
            given.clone()
        }
    }

    fn first_programs(&mut self) -> VecDeque<Invocation> {
        let launch = self.launch;
        let main: Vec<String> = launch
            .entrypoint
            .iter()
            .chain(&launch.command)
            .cloned()
            .collect();
        let mut first = VecDeque::new();
        if main.is_empty() {
            let explanation = "neither an entrypoint nor a command is set".to_owned();
            self.report
                .findings
                .push(Finding::fails(Code::NothingToStart, "", explanation));
        } else {
            let name = if launch.entrypoint.is_empty() {
                "CMD"
            } else {
                "ENTRYPOINT"
            };
            first.push_back(self.invocation(main, name));
        }
        let test = launch.healthcheck.as_deref().unwrap_or_default();
        let arguments = match test.split_first() {
            Some((kind, rest)) if kind == "CMD" => rest.to_vec(),
            Some((kind, rest)) if kind == "CMD-SHELL" => {
                let usual = || vec!["/bin/sh".to_owned(), "-c".to_owned()];
                launch
                    .shell
                    .clone()
                    .unwrap_or_else(usual)
                    .into_iter()
                    .chain(rest.iter().cloned())
                    .collect()
            }
            _ => Vec::new(),
        };
        if !arguments.is_empty() {
            first.push_back(self.invocation(arguments, "HEALTHCHECK"));
        }
        first
    }

    fn invocation(&self, arguments: Vec<String>, origin: &str) -> Invocation {
        Invocation {
            arguments,
            user: self.launch.user.clone(),
            environment: self.launch.environment.clone(),
            working_directory: self.working_directory(),
            chain: vec![origin.to_owned()],
            is_service: origin != "HEALTHCHECK",
        }
    }

    /// Proves one program; gives the one that it starts in turn.
    fn prove(&mut self, invocation: &Invocation) -> Option<Invocation> {
        let image = match self.find(invocation) {
            Ok(image) => image,
            Err(finding) => {
                self.report.findings.push(*finding);
                return None;
            }
        };
        let next = self.next(invocation, &image);
        let opens = invocation.is_service && !matches!(next, Next::Program(_));
        let start = Start {
            file: image.file.clone(),
            user: invocation.user.clone(),
            environment: invocation.environment.clone(),
            working_directory: invocation.working_directory.clone(),
            opens,
        };
        // The health check often is the service's own program: what that one opens too is proven with it.
        let is_same = |done: &Start| {
            *done == start
                || *done
                    == Start {
                        opens: true,
                        ..start.clone()
                    }
        };
        if !self.done.iter().any(is_same) {
            closure::prove(&self.view, invocation, &image, opens, &mut self.report);
            self.done.push(start);
        }
        match next {
            Next::Program(following) => self.follow(invocation, &image, following),
            Next::Unclear(what) => {
                self.leave_out(what);
                None
            }
            Next::Itself => {
                if let Some(script) = &image.script {
                    self.leave_out(format!("what the script {script} does"));
                }
                None
            }
        }
    }

    /// What the program starts in turn.
    fn next(&self, invocation: &Invocation, image: &Image) -> Next {
        let read = |path: &str| {
            let found = self
                .view
                .resolve(&invocation.user, &invocation.working_directory, path);
            found
                .map(|found| self.view.content(&found.path).to_vec())
                .unwrap_or_default()
        };
        wrappers::next(
            &read,
            &image.file,
            &image.arguments,
            &invocation.environment,
        )
    }

    fn find(&self, invocation: &Invocation) -> Result<Image, Box<Finding>> {
        let path = programs::look_up(&self.view, invocation)?;
        let exec = Exec {
            path,
            arguments: invocation.arguments.clone(),
            user: &invocation.user,
            working_directory: &invocation.working_directory,
            chain: invocation.chain.clone(),
        };
        kernel::exec(&self.view, exec)
    }

    fn follow(
        &mut self,
        invocation: &Invocation,
        image: &Image,
        following: Following,
    ) -> Option<Invocation> {
        let mut next = Invocation {
            arguments: following.arguments,
            user: invocation.user.clone(),
            environment: following
                .environment
                .unwrap_or_else(|| invocation.environment.clone()),
            working_directory: following
                .working_directory
                .unwrap_or_else(|| invocation.working_directory.clone()),
            chain: image.chain.clone(),
            is_service: invocation.is_service,
        };
        if let Some(what) = following.unseen {
            self.leave_out(what);
        }
        if let Some(user) = &following.user {
            match programs::user(&self.view, user, &invocation.user) {
                Ok(user) => next.user = user,
                Err(explanation) => {
                    let finding = Finding::fails(Code::UnknownUser, user, explanation);
                    self.report.findings.push(finding.through(&image.chain));
                    return None;
                }
            }
        }
        Some(next)
    }

    fn leave_out(&mut self, what: String) {
        if !self.report.not_looked_at.contains(&what) {
            self.report.not_looked_at.push(what);
        }
    }
}
