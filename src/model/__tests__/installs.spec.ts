/** When a kernel is installing packages. */
import type { ISessionContext } from '@jupyterlab/apputils';
import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it } from 'vitest';

import { InstallWatch } from '../installs';

class FakeContext {
  readonly iopubMessage = new Signal<this, object>(this);
  readonly session = { kernel: { id: 'a' } };

  run(code: string): void {
    this.iopubMessage.emit({ header: { msg_type: 'execute_input' }, content: { code } });
  }

  rest(): void {
    this.iopubMessage.emit({ header: { msg_type: 'status' }, content: { execution_state: 'idle' } });
  }
}

let context: FakeContext;
let watch: InstallWatch;

beforeEach(() => {
  context = new FakeContext();
  watch = new InstallWatch();
  watch.follow(context as unknown as ISessionContext);
});

describe('a cell installs packages', () => {
  it.each([
    '%pip install tensorflow',
    '!pip install -q "tensorflow[and-cuda]"',
    '!python -m pip install x',
    '!/opt/env/bin/python3 -m pip uninstall -y tensorflow-cpu',
    'pip install x',
    '%conda install -y cudatoolkit',
    '!uv pip install tensorflow',
    '!uv add tensorflow',
    'import os\n!apt-get -y install libcudnn9',
    '%%bash\nsudo apt install gcc'
  ])('%s', code => {
    context.run(code);
    expect(watch.isInstalling('a')).toBe(true);
    expect(watch.isInstalling('b')).toBe(false);
    context.rest();
    expect(watch.isInstalling('a')).toBe(false);
  });

  it.each(['import tensorflow', '!pip list', 'pipeline.install()', 'print("pip install x")', '# install'])(
    'not: %s',
    code => {
      context.run(code);
      expect(watch.isInstalling('a')).toBe(false);
    }
  );

  it('only where it is followed', () => {
    watch.follow(null);
    context.run('%pip install x');
    expect(watch.isInstalling('a')).toBe(false);
  });
});
