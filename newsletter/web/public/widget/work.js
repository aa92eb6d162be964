// Has a worker make the calculation that a form asks for while it is filled in, and sends what it found with the form.
// The worker is ALTCHA's own (pbkdf2.js, see LICENSE.txt). Where it cannot run, the form is sent without.
const told = document.querySelector("[data-challenge]")
const form = told.closest("form")
const challenge = JSON.parse(told.dataset.challenge)
const PATIENCE = 60_000 // milliseconds

told.style.minHeight = `${told.offsetHeight}px` // shorter words move nothing

const found = new Promise(resolve => {
  const worker = new Worker(new URL("pbkdf2.js", import.meta.url))
  const end = solution => {
    worker.terminate()
    resolve(solution?.derivedKey ? solution : null)
  }
  worker.onmessage = message => end(message.data)
  worker.onerror = () => end(null)
  worker.postMessage({ type: "work", challenge, counterStart: 0, counterStep: 1, timeout: PATIENCE })
}).catch(() => null)

let done = false
let sent = false

found.then(solution => {
  if (solution) {
    const field = document.createElement("input")
    field.type = "hidden"
    field.name = told.dataset.name
    field.value = btoa(JSON.stringify({ challenge, solution }))
    form.append(field)
  }
  done = true
  told.textContent = solution ? told.dataset.done : told.dataset.failed
})

form.addEventListener("submit", async event => {
  if (done && !sent) {
    sent = true // a calculation counts once: a second press of the button must not lose what the first one did
    return
  }
  event.preventDefault()
  if (done) return
  told.textContent = told.dataset.waiting
  await found
  form.requestSubmit(event.submitter)
})

addEventListener("pageshow", () => {
  sent = false
})
