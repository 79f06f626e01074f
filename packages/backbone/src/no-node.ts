import { IcrlError } from '@icrl/core'

/**
 * Stands in a browser's bundle for what is Node's. It throws at once and returns no rejected
 * promise: who asks whether a file is there must not take this for a no.
 */
function needsNode(): never {
  throw new IcrlError('Model folders and native backends need Node, which a browser lacks.', {
    code: 'unsupported',
    remedy: 'Load a model with loadModelBytes, onto the backend cpu, wasm or webgpu.',
  })
}

export {
  needsNode as access,
  needsNode as basename,
  needsNode as copyFile,
  needsNode as createHash,
  needsNode as dirname,
  needsNode as importNative,
  needsNode as join,
  needsNode as mkdir,
  needsNode as open,
  needsNode as prepareTensorflow,
  needsNode as readdir,
  needsNode as readFile,
  needsNode as rename,
  needsNode as resolve,
  needsNode as rm,
  needsNode as rmdir,
  needsNode as stat,
  needsNode as statfs,
}
