//! Which job comes before which: `needs`, and the needs of those.

use std::collections::BTreeSet;

use super::Workflow;
use super::job::Job;
use super::reader::Reader;

impl Workflow {
    /// The job of this id, which GitHub compares without regard to case.
    pub fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| is(job, id))
    }

    /// The ids of the jobs that have ended when this one begins: what it needs, and what those need.
    pub fn before(&self, id: &str) -> BTreeSet<&str> {
        before(&self.jobs, id)
    }

    /// The ids of the jobs that wait for this one.
    pub fn after(&self, id: &str) -> BTreeSet<&str> {
        let jobs = self.jobs.iter().map(|job| job.id.text());
        jobs.filter(|other| {
            let mut needed = self.before(other).into_iter();
            needed.any(|needed| needed.eq_ignore_ascii_case(id))
        })
        .collect()
    }
}

fn is(job: &Job, id: &str) -> bool {
    job.id.text().eq_ignore_ascii_case(id)
}

fn before<'a>(jobs: &'a [Job], id: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Job> = jobs.iter().filter(|job| is(job, id)).collect();
    while let Some(job) = open.pop() {
        for need in &job.needs {
            let needed = jobs.iter().find(|job| is(job, need.text()));
            if let Some(needed) = needed.filter(|needed| found.insert(needed.id.text())) {
                open.push(needed);
            }
        }
    }
    found
}

/// Tells of needs that are no jobs, and of jobs that wait for themselves.
pub(super) fn check(jobs: &[Job], reader: &mut Reader) {
    for job in jobs {
        for need in &job.needs {
            let known = need.known();
            if known.is_some_and(|known| !jobs.iter().any(|job| is(job, known))) {
                reader.problem(need.span().clone(), format!("there is no job `{need}`"));
            }
        }
        if before(jobs, job.id.text()).contains(job.id.text()) {
            let message = format!("the job `{}` waits for itself", job.id);
            reader.problem(job.id.span().clone(), message);
        }
    }
}
