// What the checks in this folder share.

export function required(name) {
  const value = process.env[name];
  if (!value) {
    console.error(`${name} must be set; the head of the script says to what`);
    process.exit(2);
  }
  return value;
}

export function step(text) {
  console.log(`ok  ${text}`);
}

export function fail(error) {
  console.error(`FAILED  ${error.stack ?? error}`);
  process.exitCode = 1;
}
