//! Running a program to its end: pipes, time limit, exit status.
//!
//! Three threads (one a stream, one that waits) send what happens into one channel and the caller's
//! thread reads it, so a slow caller slows the program down instead of filling memory. The waiting
//! thread does not reap, so the group can be killed by number until the very end.

use std::ffi::OsStr;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::failure::Error;
use crate::group::Group;
use crate::output::{Lines, Output, Stream, Tail};
use crate::program::Program;

impl Program {
    /// Runs to the end and captures all that it says.
    ///
    /// # Errors
    /// See [`Error`]; an exit status other than zero is [`Error::Failed`].
    pub fn output(self) -> Result<Output, Error> {
        let mut stdout = Vec::new();
        let mut stderr = Vec::new();
        run(&self, &mut |stream, bytes| match stream {
            Stream::Stdout => stdout.extend_from_slice(bytes),
            Stream::Stderr => stderr.extend_from_slice(bytes),
        })?;
        let stderr = self.redactor.redact(&String::from_utf8_lossy(&stderr));
        Ok(Output { stdout, stderr })
    }

    /// Runs to the end and hands over each line, without its line end, as it comes. Lines of one
    /// stream keep their order; bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// See [`Error`]; an exit status other than zero is [`Error::Failed`].
    pub fn stream(self, on_line: &mut dyn FnMut(Stream, &str)) -> Result<(), Error> {
        let mut on_line = |stream, line: &str| on_line(stream, &self.redactor.redact(line));
        let mut lines = Lines::default();
        let result = run(&self, &mut |stream, bytes| {
            lines.feed(stream, bytes, &mut on_line);
        });
        lines.finish(&mut on_line);
        result
    }
}

/// How long output may still arrive after the end of a program that left others holding its pipes.
const LINGER: Duration = Duration::from_millis(500);

/// Runs to the end, handing over bytes as they come.
fn run(program: &Program, on_bytes: &mut dyn FnMut(Stream, &[u8])) -> Result<(), Error> {
    let mut child = start(program)?;
    let group = Group::of(&child);
    let lost = |source| Error::Lost {
        command: program.display(),
        source,
    };
    let happenings = attend(&mut child, &group, program.stdin.clone()).map_err(lost)?;

    let mut tails = [(); 2].map(|()| Tail::without(program.is_progress));
    let in_time = follow(&happenings, program.timeout, &mut |stream, bytes| {
        match stream {
            Stream::Stderr => tails[0].feed(bytes),
            Stream::Stdout => tails[1].feed(bytes),
        }
        on_bytes(stream, bytes);
    });
    let tail = tails
        .into_iter()
        .map(Tail::text)
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let tail = program.redactor.redact(&tail);
    if let (false, Some(limit)) = (in_time, program.timeout) {
        drop(group);
        let _ = child.wait();
        return Err(Error::TimedOut {
            command: program.display(),
            limit,
            tail,
        });
    }
    group.release();
    let status = child.wait().map_err(lost)?;
    if !status.success() {
        return Err(Error::Failed {
            command: program.display(),
            status,
            tail,
        });
    }
    Ok(())
}

/// Something that happened to the child.
enum Happening {
    Said(Stream, Vec<u8>),
    Silent,
    Ended,
}

/// Reads what happens until the program has ended and said everything. False: the time is over.
fn follow(
    happenings: &Receiver<Happening>,
    limit: Option<Duration>,
    on_bytes: &mut dyn FnMut(Stream, &[u8]),
) -> bool {
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    let mut speaking = 2_u8;
    let mut ended = None::<Instant>;
    while speaking > 0 || ended.is_none() {
        let until = match ended {
            Some(end) => Some(end + LINGER),
            None => deadline,
        };
        let happening = match until {
            Some(until) => happenings.recv_timeout(until.saturating_duration_since(Instant::now())),
            None => happenings
                .recv()
                .map_err(|_| RecvTimeoutError::Disconnected),
        };
        match happening {
            Ok(Happening::Said(stream, bytes)) => on_bytes(stream, &bytes),
            Ok(Happening::Silent) => speaking = speaking.saturating_sub(1),
            Ok(Happening::Ended) => ended = Some(Instant::now()),
            Err(_) => return ended.is_some(),
        }
    }
    true
}

fn start(program: &Program) -> Result<Child, Error> {
    let mut command = Command::new(&program.program);
    command
        .args(&program.arguments)
        .stdin(if program.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    for (key, value) in &program.environment {
        match value {
            Some(value) => command.env(key, value),
            None => command.env_remove(key),
        };
    }
    if let Some(directory) = &program.directory {
        command.current_dir(directory);
    }
    let mut tries = 0;
    loop {
        match command.spawn() {
            Ok(child) => return Ok(child),
            // The file was just written and a child that another thread is starting still holds it
            // open for writing: that is over in a moment.
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && tries < 20 => {
                tries += 1;
                thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(not_started(program, error)),
        }
    }
}

fn not_started(program: &Program, source: io::Error) -> Error {
    let command = program.display();
    if let Some(directory) = &program.directory
        && !directory.is_dir()
    {
        return Error::NoDirectory {
            command,
            directory: directory.clone(),
        };
    }
    if source.kind() == ErrorKind::NotFound && !is_existing_path(program) {
        let name = program.program.to_string_lossy();
        return Error::NotFound {
            program: program.redactor.redact(&name),
        };
    }
    Error::Start { command, source }
}

/// Is the program given by a path at which there is a file?
fn is_existing_path(program: &Program) -> bool {
    let path = Path::new(&program.program);
    let base = program.directory.as_deref().unwrap_or(Path::new(""));
    path.file_name() != Some(OsStr::new(&program.program)) && base.join(path).exists()
}

/// Starts the threads that attend to the child.
fn attend(
    child: &mut Child,
    group: &Group,
    stdin: Option<Vec<u8>>,
) -> io::Result<Receiver<Happening>> {
    // A few pieces in flight: enough to keep the program going, too few to matter.
    let (sender, receiver) = sync_channel(16);
    if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), stdin) {
        // A program need not read all it is given.
        spawn("stdin", move || drop(pipe.write_all(&bytes)))?;
    }
    if let Some(pipe) = child.stdout.take() {
        let sender = sender.clone();
        spawn("stdout", move || read(pipe, Stream::Stdout, &sender))?;
    }
    if let Some(pipe) = child.stderr.take() {
        let sender = sender.clone();
        spawn("stderr", move || read(pipe, Stream::Stderr, &sender))?;
    }
    if let Some(leader) = group.leader() {
        spawn("wait", move || wait(leader, &sender))?;
    }
    Ok(receiver)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
}

fn read(mut pipe: impl Read, stream: Stream, sender: &SyncSender<Happening>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match pipe.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => break,
            Ok(count) => {
                let said = buffer.get(..count).unwrap_or_default().to_vec();
                if sender.send(Happening::Said(stream, said)).is_err() {
                    return;
                }
            }
        }
    }
    let _ = sender.send(Happening::Silent);
}

/// Waits for the end without reaping.
fn wait(leader: Pid, sender: &SyncSender<Happening>) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(leader), options) {}
    let _ = sender.send(Happening::Ended);
}

#[cfg(test)]
mod tests;
