export { chatRenderer, type ChatRendererOptions } from './chat-renderer.ts'
export { createTokenizer, type ChatTokenizer } from './create-tokenizer.ts'
export { loadTokenizer } from './load-tokenizer.ts'
export type { TokenizerFiles } from './tokenizer-files.ts'
