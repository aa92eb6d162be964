// Makes smooth what works without it: choices without a new page, news of what was saved, keys. It writes nothing.
"use strict"

const LETTERS_APART = 'input, select, textarea, [contenteditable]'
const AGAIN_AFTER = 2000

const all = (selector, root = document) => [...root.querySelectorAll(selector)]
const regions = page => new Map(all('[data-live]', page).map(region => [region.dataset.live, region]))

// ---- The page as it is now, put in place of what is shown

let asked = 0

// Answers whether it was this page that was put in place, and not one that was asked for after it.
async function refresh(address = location.href) {
  const mine = ++asked
  const text = await fetch(address).then(answer => answer.text()).catch(() => null)
  if (mine !== asked) return false
  if (text === null) {
    stopped()
    return false
  }
  const page = new DOMParser().parseFromString(text, 'text/html')
  const [shown, fresh] = [regions(document), regions(page)]
  if ([...shown.keys()].join() !== [...fresh.keys()].join()) {
    location.reload()
    return false
  }
  const held = focused()
  for (const [name, region] of fresh) replace(shown.get(name), region)
  document.title = page.title
  document.body.dataset.version = page.body.dataset.version
  prepare()
  focus(held)
  return true
}

function replace(shown, fresh) {
  const [frame, next] = [shown.querySelector('.sizer'), fresh.querySelector('.sizer')]
  if (frame && next) return reload(frame, next)
  if (shown.innerHTML === fresh.innerHTML) return
  const open = all('details', shown).map(details => details.open)
  const places = all('pre, .wide', shown).map(box => [box.scrollTop, box.scrollLeft])
  shown.replaceChildren(...fresh.childNodes)
  all('details', shown).forEach((details, n) => { details.open = open[n] ?? false })
  all('pre, .wide', shown).forEach((box, n) => { [box.scrollTop, box.scrollLeft] = places[n] ?? [0, 0] })
}

// The next mail loads behind the one that is shown, and takes its place at the line that was being read.
function reload(sizer, next) {
  const old = sizer.querySelector('iframe:not(.coming)'), coming = next.querySelector('iframe')
  const width = next.querySelector('svg').getAttribute('width')
  if (sizer.querySelector('svg').getAttribute('width') !== width) {
    sizer.querySelector('svg').setAttribute('width', width)
    sizer.style.width = ''
  }
  old.title = coming.title
  if (sizer.dataset.version === next.dataset.version && old.getAttribute('src') === coming.getAttribute('src')) return
  sizer.dataset.version = next.dataset.version
  all('iframe.coming', sizer).forEach(frame => frame.remove())
  coming.className = 'coming'
  coming.addEventListener('load', () => {
    const place = old.contentWindow.scrollY
    coming.contentWindow.scrollTo(0, place)
    coming.className = ''
    if (document.activeElement === old) coming.focus()
    old.remove()
    requestAnimationFrame(() => requestAnimationFrame(() => document.body.dispatchEvent(new Event('shown'))))
  }, { once: true })
  sizer.append(coming)
}

// ---- Focus stays where it was, on what has the same name

function focused() {
  const { activeElement: element } = document
  if (!element || element === document.body) return null
  const { id, name, value, localName } = element
  const link = element.getAttribute('href')
  if (id) return `#${CSS.escape(id)}`
  if (name) return `${localName}[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`
  return link && `a[href="${CSS.escape(link)}"]`
}

function focus(selector) {
  if (!selector || document.activeElement !== document.body) return
  document.querySelector(selector)?.focus({ preventScroll: true })
}

// ---- A choice changes the address, and the page follows

function choose(address, push = true) {
  if (push) history.pushState(null, '', address)
  refresh()
}

document.addEventListener('submit', event => {
  const form = event.target
  if (!form.matches('.toggle') || form.method !== 'get') return
  event.preventDefault()
  choose(`${location.pathname}?${chosen(form, event.submitter)}`)
})

// The form's hidden fields say what was chosen when the page came; the address says what was chosen since.
function chosen(form, submitter) {
  const choices = new URLSearchParams(location.search)
  for (const field of all('select, input:not([type=hidden])', form)) choices.set(field.name, field.value)
  if (submitter?.name) choices.set(submitter.name, submitter.value)
  return choices
}

document.addEventListener('change', event => {
  if (event.target.matches('.toggle select')) event.target.form.requestSubmit()
})
addEventListener('popstate', () => choose(location.href, false))

// ---- The handle at the mail's corner sets the width in the address

const dragged = new ResizeObserver(([{ target, contentRect }]) => {
  const width = Math.round(contentRect.width), field = document.querySelector('#width')
  if (!target.style.width || !field || field.value === String(width)) return
  field.value = width
  const address = new URL(location.href)
  address.searchParams.set('width', width)
  history.replaceState(null, '', address)
})

// ---- News of what was saved

function stopped() {
  const line = document.querySelector('#status')
  if (!line || line.querySelector('code')) return
  const command = document.createElement('code')
  command.textContent = 'newsletter preview'
  line.className = 'status bad'
  line.replaceChildren('The preview has stopped. Start it again with ', command, '.')
}

function told(seconds) {
  const line = document.querySelector('#status')
  if (line) line.textContent = `${line.textContent.replace('Built', 'Saved').replace(/,.*/, '')}, shown ${seconds.toFixed(1)} s later`
}

// A hidden page hears nothing: a browser grants a host six connections, whatever the number of its pages.
let events = null, lost = false

function listen(issue) {
  if (events || document.hidden) return
  events = new EventSource(`/issues/${issue}/events`)
  events.addEventListener('edition', hearNews)
  events.addEventListener('error', () => {
    lost = true
    stopped()
    if (events?.readyState !== EventSource.CLOSED) return
    hearNoMore()
    setTimeout(() => listen(issue), AGAIN_AFTER)
  })
}

async function hearNews(event) {
  const news = JSON.parse(event.data), came = performance.now()
  const returned = lost
  lost = false
  if (news.version === document.body.dataset.version && !returned) return
  if (!await refresh() || news.trouble || news.milliseconds === null) return
  const say = () => told((news.milliseconds + performance.now() - came) / 1000)
  if (document.querySelector('iframe.coming')) document.body.addEventListener('shown', say, { once: true })
  else say()
}

function hearNoMore() {
  events?.close()
  events = null
}

// Of an issue there is news; where there is none yet, the page is asked for again and again.
function follow(issue) {
  if (!issue) return setInterval(() => document.hidden || refresh(), AGAIN_AFTER)
  listen(issue)
  document.addEventListener('visibilitychange', () => document.hidden ? hearNoMore() : listen(issue))
  addEventListener('pagehide', hearNoMore)
  addEventListener('pageshow', () => listen(issue))
}

// ---- Keys

const neighbour = step => {
  const links = all('.issues li a')
  const link = links[links.findIndex(link => link.matches('[aria-current]')) + step]
  if (link) location.assign(link.pathname + location.search)
}
const PLAIN = {
  j: ['The next issue in the list', () => neighbour(1)],
  k: ['The issue before it', () => neighbour(-1)],
  '?': ['These keys', () => keys()],
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(LETTERS_APART)) return
  if (document.querySelector('dialog[open]')) return
  const control = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)
  if (!control && !PLAIN[event.key]) return
  event.preventDefault()
  if (!control) PLAIN[event.key][1]()
  else if (control.matches('input')) control.focus()
  else { control.focus(); control.click() }
}

document.addEventListener('keydown', pressed)
// Who has clicked into the mail is heard as well. `load` does not bubble, but it is captured on its way down.
document.addEventListener('load', event => hear(event.target), true)
const hear = frame => { if (frame.localName === 'iframe') frame.contentWindow.addEventListener('keydown', pressed) }

function keys() {
  const dialog = document.querySelector('#keys')
  const controls = all('[data-key]:not([data-key=""])')
  const named = controls.map(control => [control.dataset.key, control.dataset.says ?? control.textContent])
  const listed = all('.issues li').length ? Object.entries(PLAIN) : [['?', PLAIN['?']]]
  const rows = [...listed.map(([key, [says]]) => [key, says]), ...named]
  dialog.querySelector('dl').replaceChildren(...rows.flatMap(([key, says]) => {
    const [term, meaning] = [document.createElement('dt'), document.createElement('dd')]
    term.textContent = key
    meaning.textContent = says
    return [term, meaning]
  }))
  dialog.showModal()
}

// ---- What has to be done again with every new piece of page

function prepare() {
  all('[data-opens]').forEach(button => { button.hidden = false; button.onclick = keys })
  all('.toggle select + button').forEach(button => { button.hidden = true })
  dragged.disconnect()
  all('.sizer').forEach(sizer => dragged.observe(sizer))
  all('iframe').forEach(hear)
}

// The issue on the desk is in sight, in whichever of the two that scrolls.
const column = document.querySelector('.issues'), row = document.querySelector('.issues .current')
if (row) {
  row.parentElement.scrollTop = row.offsetTop
  column.scrollTop = row.parentElement.offsetTop + row.offsetTop + row.offsetHeight - column.clientHeight
}

prepare()
if (document.body.dataset.issue !== undefined) follow(document.body.dataset.issue)
