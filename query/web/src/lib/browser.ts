/** UUID v4; plain http, where a poll in a local network lives, has no `crypto.randomUUID`. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Storage may be forbidden or full: then nothing is kept, and nothing breaks. */
export function keep(store: 'localStorage' | 'sessionStorage', key: string, value: unknown): void {
  try {
    if (value === null) window[store].removeItem(key);
    else window[store].setItem(key, JSON.stringify(value));
  } catch {
    return;
  }
}

export function kept<T>(store: 'localStorage' | 'sessionStorage', key: string): T | null {
  try {
    return JSON.parse(window[store].getItem(key) ?? 'null') as T | null;
  } catch {
    return null;
  }
}

/** True when copied. `navigator.clipboard` is missing on plain http. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}

/** What the server wrote into the page; null on pages without a poll. */
export function readState<T>(): T | null {
  return JSON.parse(document.getElementById('state')?.textContent ?? 'null') as T | null;
}

export function setAddress(change: (url: URL) => void): void {
  const url = new URL(location.href);
  change(url);
  history.replaceState(null, '', url);
}
