import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { startFake } from '../fake/server.ts';

export interface Opened {
  id: string;
  url: string;
  manage_url: string;
  manage_token: string;
}

/** The server under test: FLASHPOLL_URL, or the fake of this folder. */
export class Site {
  readonly url: string;
  private fake: Server | null;

  private constructor(url: string, fake: Server | null) {
    this.url = url;
    this.fake = fake;
  }

  get isFake(): boolean {
    return this.fake !== null;
  }

  static async start(): Promise<Site> {
    const given = process.env.FLASHPOLL_URL?.replace(/\/$/, '');
    if (given) return new Site(given, null);
    const { url, server } = await startFake();
    return new Site(url, server);
  }

  stop(): void {
    this.fake?.closeAllConnections();
    this.fake?.close();
  }

  /** FLASHPOLL_RESTART_CMD stops and starts the server, and returns when it answers again. */
  async restart(downMs: number): Promise<void> {
    if (!this.fake) {
      const command = process.env.FLASHPOLL_RESTART_CMD;
      if (!command) throw new Error('FLASHPOLL_RESTART_CMD is missing');
      // Not in one go: who waits meanwhile for what a page says must be heard.
      const [code] = await once(spawn(command, { shell: true, stdio: 'inherit' }), 'exit');
      if (code !== 0) throw new Error(`${command} ended with ${code}`);
      return;
    }
    this.stop();
    await new Promise((done) => setTimeout(done, downMs));
    this.fake = (await startFake(Number(new URL(this.url).port))).server;
  }

  async open(settings: object = {}): Promise<Opened> {
    const body = { question: 'Lunch today?', choices: ['Pizza', 'Sushi'], ...settings };
    return this.post('/v1/polls', body);
  }

  /** Votes as a stranger without cookie: each call is another voter. */
  async votes(poll: Opened, choices: number[][], code?: string): Promise<void> {
    for (const list of choices) {
      const headers: Record<string, string> = code ? { 'Voter-Code': code } : {};
      const body = { choices: list, vote_id: crypto.randomUUID() };
      await this.post(`/v1/polls/${poll.id}/votes`, body, headers);
    }
  }

  /** Waits until the read side knows the entry: an answer to a vote comes before that. */
  async reads(poll: Opened, seq: number): Promise<void> {
    const path = `${this.url}/v1/polls/${poll.id}/results?min_seq=${seq}`;
    let response = await fetch(path);
    for (let again = 0; response.status === 503 && again < 4; ++again) response = await fetch(path);
    if (!response.ok) throw new Error(`results up to ${seq}: ${await response.text()}`);
  }

  async own(poll: Opened, path: string, body: object = {}, method = 'POST'): Promise<never> {
    const headers = { Authorization: `Bearer ${poll.manage_token}` };
    return this.post(`/v1/polls/${poll.id}${path}`, body, headers, method);
  }

  private async post<T>(
    path: string, body: object, headers: object = {}, method = 'POST',
  ): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      body: method === 'POST' ? JSON.stringify(body) : undefined,
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return await response.json() as T;
  }
}
