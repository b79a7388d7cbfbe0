"use strict";
// Files go straight to the bucket, with a form that the server signed for each.
(() => {
  const drop = document.getElementById("drop");
  const sending = document.getElementById("sending");
  const input = drop.querySelector("input");

  const row = (name) => {
    const item = document.createElement("li");
    const key = document.createElement("span");
    const bar = document.createElement("progress");
    const told = document.createElement("span");
    [key.className, told.className] = ["key", "told"];
    key.textContent = name;
    item.append(key, bar, told);
    sending.append(item);
    return { item, bar, told };
  };

  const post = (url, form, bar) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", url);
      request.upload.onprogress = (event) => Object.assign(bar, { max: event.total, value: event.loaded });
      request.onload = () => (request.status < 300 ? resolve() : reject(new Error(`the bucket refused it (${request.status})`)));
      request.onerror = () => reject(new Error("the bucket could not be reached: try again"));
      request.send(form);
    });

  const send = async (file) => {
    const { item, bar, told } = row(file.name);
    try {
      const answer = await fetch(`/form?key=${encodeURIComponent(file.name)}`);
      const signed = await answer.json();
      if (!answer.ok) throw new Error(signed.error);
      const form = new FormData();
      for (const [name, value] of Object.entries(signed.fields)) form.append(name, value);
      form.append("Content-Type", file.type || "application/octet-stream");
      form.append("file", file);
      await post(signed.url, form, bar);
      bar.remove();
      item.dataset.key = file.name;
      told.textContent = "waiting for its turn";
    } catch (error) {
      bar.remove();
      item.className = "failed";
      told.textContent = error.message;
    }
    htmx.trigger(document.body, "dropped");
  };

  // Once the list has it, its line here has served.
  document.body.addEventListener("htmx:afterSwap", () => {
    const listed = new Set([...document.querySelectorAll(".uploads [data-key]")].map((each) => each.dataset.key));
    for (const item of sending.querySelectorAll("[data-key]")) if (listed.has(item.dataset.key)) item.remove();
  });

  const sendAll = async (files) => {
    for (const file of files) await send(file);
  };
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    sendAll(files);
  });
  for (const kind of ["dragenter", "dragover"]) {
    addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  addEventListener("dragleave", (event) => event.relatedTarget || drop.classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    sendAll([...event.dataTransfer.files]);
  });
})();
