import { attentionKernels } from './attention.ts'
import { binaryKernels } from './binary.ts'
import { blockKernels } from './block.ts'
import { decodeTokensKernel } from './decode-tokens.ts'
import { headKernels } from './head.ts'
import { layoutKernels } from './layout.ts'
import { matMulKernels } from './mat-mul.ts'
import type { NativeKernel } from './native-kernel.ts'
import { parameterKernels } from './parameter.ts'
import { reduceKernels } from './reduce.ts'
import { rowKernels } from './row.ts'
import { bf16Kernels } from './bf16.ts'
import { storedFloatsKernels } from './stored-floats.ts'
import { unaryKernels } from './unary.ts'

/** Every kernel this package has in C++. */
export const nativeKernels: readonly NativeKernel[] = [
  ...matMulKernels,
  ...unaryKernels,
  ...binaryKernels,
  ...reduceKernels,
  ...layoutKernels,
  ...rowKernels,
  ...attentionKernels,
  ...blockKernels,
  decodeTokensKernel,
  ...headKernels,
  ...parameterKernels,
  ...bf16Kernels,
  ...storedFloatsKernels,
]
