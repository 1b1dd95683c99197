import { useEffect, useState } from "react";
import { currentSession, logIn, logOut, subscribe } from "./session.js";

// Who is logged in, and the form for logging in when nobody is.
export function SessionBar() {
  const [session, setSession] = useState(currentSession);
  const [notice, setNotice] = useState(null);
  const [busy, setBusy] = useState(false);

  useEffect(
    () =>
      subscribe((reason) => {
        setSession(currentSession());
        setNotice(reason);
      }),
    [],
  );

  async function attempt(action) {
    setBusy(true);
    setNotice(null);
    try {
      await action();
    } catch (error) {
      setNotice(error.message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <header className="session-bar">
      <strong className="session-bar-name">Weak to Strong</strong>
      {notice !== null && (
        <span className="session-bar-notice" role="alert">
          {notice}
        </span>
      )}
      {session === null ? (
        <LoginForm busy={busy} onLogIn={(email, password) => attempt(() => logIn(email, password))} />
      ) : (
        <Holder session={session} busy={busy} onLogOut={() => attempt(logOut)} />
      )}
    </header>
  );
}

function LoginForm({ busy, onLogIn }) {
  function submit(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onLogIn(form.get("email").trim(), form.get("password"));
  }

  return (
    <form className="session-bar-form" method="post" onSubmit={submit} data-testid="login-form">
      <input name="email" type="email" placeholder="E-mail" aria-label="E-mail" autoComplete="username" required />
      <input
        name="password"
        type="password"
        placeholder="Password"
        aria-label="Password"
        autoComplete="current-password"
        required
      />
      <button type="submit" disabled={busy}>
        {busy ? "Logging in…" : "Log in"}
      </button>
    </form>
  );
}

function Holder({ session, busy, onLogOut }) {
  return (
    <div className="session-bar-form" data-testid="session-holder">
      <span>
        Logged in as <b>{session.displayName}</b>
      </span>
      {session.roles.map((role) => (
        <span className="session-bar-role" key={role}>
          {role}
        </span>
      ))}
      <button type="button" disabled={busy} onClick={onLogOut}>
        Log out
      </button>
    </div>
  );
}
