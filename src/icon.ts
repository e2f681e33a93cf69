/** Our icon: a chip with two fans; it follows the theme. */
import { LabIcon } from '@jupyterlab/ui-components';

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3 jp-icon-selectable" fill="#616161">
    <path fill-rule="evenodd" d="M2 4h1.5v1H21a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-1v2h-2v-2h-2v2h-2v-2h-2v2h-2v-2H8v2H6v-2H3.5v3H2zm6 3.2a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6m8.5 0a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6"/>
    <circle cx="8" cy="11" r="1.9"/>
    <circle cx="16.5" cy="11" r="1.9"/>
  </g>
</svg>`;

export const gpuIcon = new LabIcon({ name: 'tfgpu-lab:gpu', svgstr: SVG });
