/** The files of a Hugging Face model folder that make a tokenizer; those of JSON are parsed. */
export interface TokenizerFiles {
  /** `tokenizer.json` */
  readonly tokenizer: Readonly<Record<string, unknown>>
  /** `tokenizer_config.json`: special tokens and, often, the chat template. */
  readonly tokenizerConfig?: Readonly<Record<string, unknown>>
  /** `generation_config.json`: ids that end a generation. */
  readonly generationConfig?: Readonly<Record<string, unknown>>
  /** `config.json` of the model: its vocabulary's size. */
  readonly modelConfig?: Readonly<Record<string, unknown>>
  /** `chat_template.jinja`; takes precedence over the one in `tokenizer_config.json`. */
  readonly template?: string
}
