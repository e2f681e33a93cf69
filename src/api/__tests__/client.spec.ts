/** What is asked of the server, and what becomes of every kind of answer. */
import { ServerConnection } from '@jupyterlab/services';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { report } from '../../__tests__/samples';
import { ApiError, Client } from '../client';

const BASE = 'http://localhost:8888/user/ada/';

let sent: { url: string; method: string; body: unknown }[];
let answer: () => Response;
let client: Client;

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });

/** The error of a request. */
async function failure(request: Promise<unknown>): Promise<ApiError> {
  const reason: unknown = await request.then(
    () => null,
    (error: unknown) => error
  );
  expect(reason).toBeInstanceOf(ApiError);
  return reason as ApiError;
}

beforeEach(() => {
  sent = [];
  answer = () => json(report());
  const fetch = vi.fn(async (request: Request) => {
    const text = await request.text();
    sent.push({ url: request.url, method: request.method, body: text ? (JSON.parse(text) as unknown) : null });
    return answer();
  });
  client = new Client(
    ServerConnection.makeSettings({ baseUrl: BASE, fetch: fetch as unknown as typeof globalThis.fetch })
  );
});

describe('a question goes to', () => {
  it.each<[string, (client: Client) => Promise<unknown>, string, string, unknown]>([
    ['the GPUs since a sweep', one => one.gpus(7), 'GET', 'gpus?since=7', null],
    ['a kernel', one => one.kernel('a/b'), 'GET', 'kernels/a%2Fb', null],
    ['the probe of a kernel', one => one.probe('a/b'), 'POST', 'kernels/a%2Fb/probe', { import: false }],
    ['a new benchmark', one => one.startBenchmark({ kernel_id: 'k' }), 'POST', 'benchmarks', { kernel_id: 'k' }],
    ['a benchmark', one => one.benchmark('j/1'), 'GET', 'benchmarks/j%2F1', null],
    ['the end of a benchmark', one => one.cancelBenchmark('j/1'), 'DELETE', 'benchmarks/j%2F1', null],
    ['the actions of a kernel', one => one.actions('a/b'), 'GET', 'kernels/a%2Fb/actions', null],
    [
      'an action',
      one => one.act('a/b', { action: 'create-kernelspec', request: { preview: true } }),
      'POST',
      'kernels/a%2Fb/actions/create-kernelspec',
      { preview: true }
    ]
  ])('%s', async (_, ask, method, path, body) => {
    await ask(client);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ method, body });
    // services puts the time behind a GET, so that no cache answers it.
    expect(sent[0]?.url.replace(/[?&]\d+$/, '')).toBe(`${BASE}tfgpu-lab/${path}`);
  });
});

it('the version of the server is that of its description', async () => {
  answer = () => json({ info: { version: '0.1.0' } });
  expect(await client.version()).toBe('0.1.0');
  expect(sent[0]?.url.replace(/[?&]\d+$/, '')).toBe(`${BASE}tfgpu-lab/openapi.json`);
});

describe('an answer', () => {
  it('that is good is handed on as it is', async () => {
    await expect(client.kernel('k')).resolves.toEqual(report());
  });

  it('that does not come means offline', async () => {
    answer = () => {
      throw new TypeError('Failed to fetch');
    };
    expect(await failure(client.kernel('k'))).toMatchObject({ status: 0, reason: 'offline' });
  });

  it('404 with our reason is of our own', async () => {
    answer = () => json({ message: 'There is no such kernel.', reason: 'not-found', field: null }, 404);
    const error = await failure(client.kernel('k'));
    expect(error).toMatchObject({ status: 404, reason: 'not-found', message: 'There is no such kernel.' });
    expect(error.field).toBeUndefined();
  });

  it.each([
    ['Jupyter Server, which has no reason', () => json({ message: 'Not Found', reason: null }, 404)],
    ['Jupyter Server, with the words of HTTP', () => json({ message: 'Not Found', reason: 'Not Found' }, 404)],
    ['a page', () => new Response('<html>404</html>', { status: 404 })],
    ['nothing', () => new Response('', { status: 404 })]
  ])('404 of %s means that there is no server extension', async (_, response) => {
    answer = response;
    expect(await failure(client.kernel('k'))).toMatchObject({ status: 404, reason: 'no-server-extension' });
  });

  it('with a problem is that problem', async () => {
    answer = () => json({ message: 'It must be a number.', reason: 'bad-request', field: 'sizes' }, 400);
    expect(await failure(client.startBenchmark({ kernel_id: 'k' }))).toMatchObject({
      status: 400,
      reason: 'bad-request',
      message: 'It must be a number.',
      field: 'sizes'
    });
  });

  it('with an error of Jupyter Server has its message and no reason', async () => {
    answer = () => json({ message: 'Forbidden', reason: null }, 403);
    expect(await failure(client.kernel('k'))).toMatchObject({ status: 403, reason: 'unknown', message: 'Forbidden' });
  });

  it.each([
    ['an error page', () => new Response('<html>Bad gateway</html>', { status: 502 }), 502],
    ['a page where JSON should be', () => new Response('<html>Log in</html>'), 200],
    ['nothing where JSON should be', () => new Response(null, { status: 204 }), 204],
    ['null where an object should be', () => json(null), 200],
    ['an error that is a bare word', () => json('no', 500), 500]
  ])('of %s tells its status', async (_, response, status) => {
    answer = response;
    expect(await failure(client.kernel('k'))).toMatchObject({
      status,
      reason: 'unknown',
      message: `The server answered with status ${status}.`
    });
  });
});
