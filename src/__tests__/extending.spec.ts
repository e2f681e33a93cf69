/** The example of docs/extending.md is compiled against the types and run, so that it stays true. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Signal } from '@lumino/signaling';
import { readFileSync } from 'fs';
import { join } from 'path';
import { runInThisContext } from 'vm';
import * as ts from 'typescript';
import { beforeAll, describe, expect, it, vi } from 'vitest';

import { Reports } from '../model/reports';
import { TfGpu } from '../model/tfgpu';
import { ITfGpu } from '../tokens';
import { fakeApp } from './app';
import { FakeClient } from './client';
import { KERNEL, report } from './samples';

const EXAMPLE = /```ts\n([^]*?)```/.exec(readFileSync('docs/extending.md', 'utf8'))?.[1] ?? '';
const FILE = join(process.cwd(), 'src', 'planted-example.ts');

/** What the compiler says of a text that stands in src/ and imports us by our name. */
function complaints(source: string): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  Object.assign(options, { noEmit: true, composite: false, incremental: false });
  Object.assign(options, { baseUrl: process.cwd(), paths: { 'tfgpu-lab': ['src/tokens.ts'] } });
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = name => name === FILE || fileExists.call(host, name);
  host.getSourceFile = (name, ...rest) =>
    name === FILE
      ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2020, true)
      : getSourceFile.call(host, name, ...rest);
  const program = ts.createProgram([FILE], options, host);
  const found = program.getSemanticDiagnostics(program.getSourceFile(FILE));
  return found.map(one => ts.flattenDiagnosticMessageText(one.messageText, '\n'));
}

/** The plugin of the example, as its module exports it. */
function exampleOf(source: string): JupyterFrontEndPlugin<void> {
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2020 };
  const { outputText } = ts.transpileModule(source, { compilerOptions: options });
  const module_ = { exports: {} as { default: JupyterFrontEndPlugin<void> } };
  const run = runInThisContext(`(function (module, exports, require) {${outputText}\n})`) as (
    ...given: unknown[]
  ) => void;
  run(module_, module_.exports, () => ({ ITfGpu }));
  return module_.exports.default;
}

describe('the example', () => {
  let client: FakeClient;
  let tfgpu: TfGpu;
  let reports: Reports;

  beforeAll(() => {
    client = new FakeClient();
    reports = new Reports(client);
    const kernel = { report: null, changed: new Signal<never, void>({} as never), refresh: vi.fn() };
    tfgpu = new TfGpu(kernel, reports);
    const example = exampleOf(EXAMPLE);
    expect(example.optional).toEqual([ITfGpu]);
    void example.activate(fakeApp().app, tfgpu);
  });

  async function comesIn(changes: Parameters<typeof report>[0]) {
    const asked = tfgpu.ask(KERNEL);
    client.last.answer(report(changes));
    return asked;
  }

  it('compiles, and would not if it were wrong', () => {
    expect(EXAMPLE).toContain('addFindings');
    expect(complaints(EXAMPLE)).toEqual([]);
    const wrong = complaints(EXAMPLE.replace("severity: 'degrades'", "severity: 'awful'"));
    expect(wrong.join()).toContain('awful');
  }, 60_000);

  it('adds its cause where it holds, and not elsewhere', async () => {
    vi.spyOn(console, 'warn').mockReturnValue(undefined);
    const slow = await comesIn({ path: 'network/train.ipynb' });
    expect(slow.findings.map(one => one.id)).toEqual(['my-extension:slow-drive']);
    expect((await comesIn({ path: 'train.ipynb' })).findings).toEqual([]);
  });

  it('adds its line where there is something to say', () => {
    const [metric] = tfgpu.metrics;
    expect(metric?.value(report())).toBeNull();
    const live = { tensorflow: { physical_devices: ['/physical_device:CPU:0', '/physical_device:GPU:0'] } };
    expect(metric?.value(report({ live: live as ReturnType<typeof report>['live'] }))).toBe('1');
  });

  it('hears of a verdict that changes', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    await comesIn({ path: 'a.ipynb', verdict: 'cpu-fallback' });
    expect(warn.mock.calls).toEqual([['a.ipynb: cpu-fallback']]);
  });

  it('works where TFGPU Lab is not', () => {
    expect(() => void exampleOf(EXAMPLE).activate(fakeApp().app, null)).not.toThrow();
  });
});
