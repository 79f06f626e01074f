// The page that trains: a bundle of its own, loaded where it is shown.
import { withBase } from 'vitepress'
import { defineComponent, h, onBeforeUnmount, onMounted, ref } from 'vue'

export const LiveTraining = defineComponent(() => {
  const element = ref<HTMLElement>()
  let leave: (() => void) | undefined
  let isGone = false
  onMounted(async () => {
    const script = new URL(withBase('/live/page.js'), location.href).href
    const { mount } = await import(/* @vite-ignore */ script)
    if (!isGone) leave = mount(element.value!)
  })
  onBeforeUnmount(() => {
    isGone = true
    leave?.()
  })
  return () => [
    h('link', { rel: 'stylesheet', href: withBase('/live/page.css') }),
    h('div', { ref: element, class: 'live-training' }),
  ]
})
