/** Asks before a kernel is shut down: it says what is lost, what is freed, and that it cannot be undone. */
import { Dialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IShutDownRequest } from '../components/holders';
import { bytes } from '../format';

export async function confirmShutDown(
  request: IShutDownRequest,
  shutDown: (kernelId: string) => Promise<void>,
  trans: TranslationBundle
): Promise<void> {
  const { kernelId, memoryBytes, name } = request;
  const frees =
    memoryBytes === null
      ? trans.__('The driver does not say how much GPU memory this frees.')
      : trans.__('This frees %1 of GPU memory.', bytes(memoryBytes));
  const answer = await showDialog({
    title: trans.__('Shut down the kernel of %1?', name),
    body: `${frees} ${trans.__('Its variables and what it computes now are lost; that cannot be undone. The notebook itself stays.')}`,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: trans.__('Shut Down Kernel') })
    ],
    defaultButton: 0
  });
  if (!answer.button.accept) {
    return;
  }
  try {
    await shutDown(kernelId);
  } catch (reason) {
    const message = reason instanceof Error ? reason.message : String(reason);
    await showErrorMessage(trans.__('The kernel of %1 was not shut down', name), message);
  }
}
