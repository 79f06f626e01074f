export { chatMessages, chatTools } from './chat-messages.ts'
export { endpointAddress, type EndpointAddress } from './endpoint-address.ts'
export { openAiGenerator, type OpenAiGeneratorOptions } from './open-ai-generator.ts'
