/* global System */
// Runs in the browser, between SystemJS and the site.

// SystemJS asks with CORS what is of another origin, and in some browsers every file is one.
System.constructor.prototype.createScript = (url) => {
  const script = document.createElement('script')
  script.async = true
  script.src = url
  return script
}

// Without `resolve`, which answers with a promise here: what loads parts of the site expects a text, or none.
System.constructor.prototype.createContext = (url) => ({ url })

// A page opened as a file may not take the address of another: it goes there.
if (location.protocol === 'file:') {
  let isLeaving = false
  addEventListener('pageshow', () => {
    isLeaving = false
  })
  for (const [change, go] of [
    ['pushState', 'assign'],
    ['replaceState', 'replace'],
  ]) {
    const changed = history[change].bind(history)
    history[change] = (state, unused, target) => {
      const url = new URL(target ?? '', location.href)
      url.pathname = url.pathname.replace(/\/$/, '/index.html')
      if (isLeaving) return // the site goes on as if it were there
      isLeaving = url.pathname !== location.pathname
      if (isLeaving) location[go](url)
      else changed(state, unused, url)
    }
  }
}
