export { openAiGenerator, type OpenAiGeneratorOptions } from './open-ai-generator.ts'
