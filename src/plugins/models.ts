/** The models as our own plugins share them; others use ITfGpu. */
import { Token } from '@lumino/coreutils';

import type { IModels } from '../widgets/panel';

export const IModelsToken = new Token<IModels>('tfgpu-lab:IModels', "The models behind TFGPU Lab's own views.");
