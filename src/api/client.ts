/** The server extension's REST interface: the only place that knows its URLs. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { components } from './types';

type Schemas = components['schemas'];

/** An answer that is none: offline, refused, or no server extension. */
export class ApiError extends Error {
  constructor(
    /** HTTP status; 0 when the server could not be reached. */
    readonly status: number,
    /** A stable word: `offline`, `no-server-extension`, or the server's own. */
    readonly reason: string,
    message: string,
    /** The field of the request that is wrong. */
    readonly field?: string
  ) {
    super(message);
  }

  /** What was thrown, as an error of this kind. */
  static of(reason: unknown): ApiError {
    return reason instanceof ApiError ? reason : new ApiError(0, 'unknown', String(reason));
  }
}

/** An action, and the body with which it is asked for; what is left out is the server's choice. */
export interface IActionCall {
  action: Schemas['ActionCall']['action'];
  request: Partial<Schemas['ActionRequest']>;
}

export type BenchmarkRequest = Pick<Schemas['BenchmarkRequest'], 'kernel_id'> & Partial<Schemas['BenchmarkRequest']>;

/** What the models ask; a test gives its own. */
export interface IClient {
  gpus(since: number): Promise<Schemas['Gpus']>;
  events(since: number): Promise<Schemas['Events']>;
  kernels(): Promise<Schemas['Kernels']>;
  kernel(id: string): Promise<Schemas['KernelReport']>;
  probe(id: string): Promise<Schemas['KernelReport']>;
  startBenchmark(request: BenchmarkRequest): Promise<Schemas['BenchmarkJob']>;
  benchmark(id: string): Promise<Schemas['BenchmarkJob']>;
  benchmarks(kernelId: string): Promise<Schemas['Benchmarks']>;
  cancelBenchmark(id: string): Promise<Schemas['BenchmarkJob']>;
  actions(kernelId: string): Promise<Schemas['ActionOffers']>;
  act(kernelId: string, call: IActionCall): Promise<Schemas['ActionResult']>;
  placement(kernelId: string): Promise<Schemas['PlacementOffer']>;
  look(kernelId: string, follow: boolean): Promise<Schemas['Placement']>;
  /** The version of the server extension. */
  version(): Promise<string>;
}

/** The interface over HTTP. */
export class Client implements IClient {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  gpus(since: number): Promise<Schemas['Gpus']> {
    return this.request(`gpus?since=${since}`);
  }

  events(since: number): Promise<Schemas['Events']> {
    return this.request(`events?since=${since}`);
  }

  kernels(): Promise<Schemas['Kernels']> {
    return this.request('kernels');
  }

  kernel(id: string): Promise<Schemas['KernelReport']> {
    return this.request(`kernels/${encodeURIComponent(id)}`);
  }

  probe(id: string): Promise<Schemas['KernelReport']> {
    const path = `kernels/${encodeURIComponent(id)}/probe`;
    return this.request(path, 'POST', { import: false });
  }

  startBenchmark(request: BenchmarkRequest): Promise<Schemas['BenchmarkJob']> {
    return this.request('benchmarks', 'POST', request);
  }

  benchmark(id: string): Promise<Schemas['BenchmarkJob']> {
    return this.request(`benchmarks/${encodeURIComponent(id)}`);
  }

  benchmarks(kernelId: string): Promise<Schemas['Benchmarks']> {
    return this.request(`benchmarks?kernel_id=${encodeURIComponent(kernelId)}`);
  }

  cancelBenchmark(id: string): Promise<Schemas['BenchmarkJob']> {
    return this.request(`benchmarks/${encodeURIComponent(id)}`, 'DELETE');
  }

  actions(kernelId: string): Promise<Schemas['ActionOffers']> {
    return this.request(`kernels/${encodeURIComponent(kernelId)}/actions`);
  }

  act(kernelId: string, call: IActionCall): Promise<Schemas['ActionResult']> {
    return this.request(`kernels/${encodeURIComponent(kernelId)}/actions/${call.action}`, 'POST', call.request);
  }

  placement(kernelId: string): Promise<Schemas['PlacementOffer']> {
    return this.request(`kernels/${encodeURIComponent(kernelId)}/placement`);
  }

  look(kernelId: string, follow: boolean): Promise<Schemas['Placement']> {
    return this.request(`kernels/${encodeURIComponent(kernelId)}/placement`, 'POST', { follow });
  }

  async version(): Promise<string> {
    return (await this.request<{ info: { version: string } }>('openapi.json')).info.version;
  }

  private async request<T>(path: string, method = 'GET', body?: object): Promise<T> {
    const url = URLExt.join(this.settings.baseUrl, 'tfgpu-lab', path);
    const init: RequestInit = { method };
    if (body) {
      init.body = JSON.stringify(body);
    }
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this.settings);
    } catch {
      throw new ApiError(0, 'offline', 'The Jupyter server cannot be reached.');
    }
    let answer: unknown = null;
    try {
      answer = await response.json();
    } catch {
      // Not JSON: not an answer of ours.
    }
    if (response.ok && answer !== null) {
      return answer as T;
    }
    const problem = answer as Schemas['Problem'] | null;
    // Ours always names a reason; Jupyter Server's own 404 is of a path that nobody serves.
    const ours = typeof problem?.reason === 'string' && problem.reason !== 'Not Found';
    if (response.status === 404 && !ours) {
      throw new ApiError(404, 'no-server-extension', 'The server has no TFGPU Lab extension.');
    }
    throw new ApiError(
      response.status,
      problem?.reason ?? 'unknown',
      problem?.message ?? `The server answered with status ${response.status}.`,
      problem?.field ?? undefined
    );
  }
}
