"""A server with the OpenAI API and a toy model, in a thread of the tests; it can be told to misbehave."""

import json
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORDS = (" film", " was", " a", " good", " story", ".", " and", " the")
END_LOGPROB = -0.25
PART = "吗"
"""A token that the server treats as the part of a character: it has no log-probability when it is written."""


def tokens(text):
    """Words of at most four letters with the space in front of them, and single characters."""
    return re.findall(r"<s>| ?[A-Za-z]{1,4}|.", text, re.DOTALL)


def number(*parts):
    return int.from_bytes(blake2b("\0".join(parts).encode(), digest_size=4).digest())


def likeliest(before):
    return WORDS[number(*before) % len(WORDS)]


def logprob(before, token):
    return END_LOGPROB if token == likeliest(before) else -1 - number(*before, token) % 1000 / 100


def token_id(token):
    return number(token) % 10**6


class Events(list):
    """A stream of events: texts to send, numbers of seconds to wait, and None to break it off.

    One of `CLOSES` alone closes the connection without an answer.
    """

    CLOSES = object()


@dataclass
class Toy:
    """What the server can do, and what it did.

    Attributes:
        echo, prompt_logprobs, llama_cpp, tokenizer, completions: which requests it answers.
        streams, usage: whether it streams answers, and counts their tokens then.
        together: number of tokens in each part of a streamed answer.
        writes: largest number of tokens of an answer, whatever it is asked for.
        refuses: fields of requests that it refuses.
        likeliest_letters: likeliest first tokens of a chat, with log-probabilities; None where it gives none.
        chat_text: makes the answer of a chat of the message; None where the toy model writes it.
        schemas: whether it keeps to the JSON schema of a request.
        beginning: special tokens that it puts before texts.
        trouble: called with path, request and the answer; returns another answer, or (status, headers, body).
    """

    echo: bool = True
    prompt_logprobs: bool = False
    llama_cpp: bool = False
    tokenizer: bool = False
    completions: bool = True
    streams: bool = True
    usage: bool = True
    together: int = 1
    writes: int = 1000
    refuses: tuple[str, ...] = ()
    likeliest_letters: tuple | None = None
    chat_text: object = None
    schemas: bool = False
    beginning: tuple[str, ...] = ("<s>",)
    model: str = "toy"
    trouble: object = None
    requests: list = field(default_factory=list)
    keys: set = field(default_factory=set)
    ids: dict = field(default_factory=dict)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def encode(self, text, special=True):
        encoded = [*(self.beginning if special else ()), *tokens(text)]
        self.ids.update((token_id(token), token) for token in (*encoded, *WORDS))
        return encoded

    def write(self, prompt, request):
        text, before = "", list(prompt)
        for _ in range(min(self.writes, request.get("max_tokens", 4))):
            token = likeliest(before)
            before.append(token)
            text += token
            for stop in request.get("stop", ()):
                if stop in text:
                    return text.partition(stop)[0]
        return text

    def completion(self, request):
        if not self.completions:
            return 404, {}, {"error": {"message": "no such endpoint"}}
        if request.get("model") != self.model:
            return 404, {}, {"error": {"message": f"The model `{request.get('model')}` does not exist."}}
        prompt = request["prompt"]
        prompt = self.encode(prompt) if isinstance(prompt, str) else [self.ids[token] for token in prompt]
        choice = {"index": 0, "text": self.write(prompt, request), "logprobs": None, "finish_reason": "length"}
        steps = [(prompt[:position], token) for position, token in enumerate(prompt)]
        if request.get("echo") and self.echo:
            written = [*steps, (prompt, likeliest(prompt))]
            scored = [None, *(logprob(*step) for step in written[1:])]
            choice["text"] = str(request["prompt"]) + choice["text"]
            choice["logprobs"] = {
                "tokens": [token for _, token in written],
                "token_logprobs": scored,
                "top_logprobs": [None, *({likeliest(before): END_LOGPROB} for before, _ in written[1:])],
            }
        if "prompt_logprobs" in request and self.prompt_logprobs:
            choice["prompt_logprobs"] = [None] + [
                {
                    str(token_id(token)): {
                        "logprob": logprob(before, token),
                        "rank": 1 if token == likeliest(before) else 7,
                        "decoded_token": token,
                    }
                }
                for before, token in steps[1:]
            ]
        return {"model": self.model, "choices": [choice], "usage": {"prompt_tokens": len(prompt)}}

    def chat(self, request):
        content = request["messages"][-1]["content"]
        text = self.write(self.encode(content), request) if self.chat_text is None else self.chat_text(content)
        form = request.get("response_format")
        if form and self.schemas:
            text = json.dumps({"answer": form["json_schema"]["schema"]["properties"]["answer"]["enum"][-1]})
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        if request.get("logprobs") and self.likeliest_letters is not None:
            tops = [{"token": token, "logprob": value} for token, value in self.likeliest_letters]
            choice["logprobs"] = {"content": [{**tops[0], "top_logprobs": tops}]}
        return {"model": self.model, "choices": [choice]}

    def forced(self, request):
        before = [self.ids[token] for token in request["prompt"]]
        ((wanted, _),) = request["logit_bias"]
        top, token = likeliest(before), self.ids[wanted]
        if token == PART:  # as a token that ends inside a character
            return {"completion_probabilities": []}
        tops = [{"id": token_id(top), "logprob": END_LOGPROB}]
        tops += [{"id": token_id(each), "logprob": logprob(before, each)} for each in self.ids.values() if each != top]
        tops = tops[: request["n_probs"]]
        return {
            "completion_probabilities": [{"id": wanted, "logprob": logprob(before, token), "top_logprobs": tops}],
        }

    def events(self, path, request):
        chat = path.endswith("chat/completions")
        prompt = self.encode(request["messages"][-1]["content"] if chat else request["prompt"])
        words = []
        for _ in range(min(self.writes, request["max_tokens"])):
            words.append(likeliest([*prompt, *words]))
        parts = ["".join(words[start : start + self.together]) for start in range(0, len(words), self.together)]

        def event(**content):
            return f"data: {json.dumps({'model': self.model, **content})}\n\n"

        events = Events([event(choices=[{"index": 0, "delta": {"role": "assistant", "content": ""}}])] if chat else [])
        for number, text in enumerate(parts, start=1):
            part = {"delta": {"content": text}} if chat else {"text": text}
            choice = {"index": 0, **part, "finish_reason": "length" if number == len(parts) else None}
            events += [event(choices=[choice]), 0.002]
        if self.usage and "stream_options" in request:
            counts = {"prompt_tokens": len(prompt), "completion_tokens": len(words)}
            events.append(event(choices=[], usage=counts))
        return Events([*events, "data: [DONE]\n\n"])

    def tokenised(self, request):
        text = request.get("content", request.get("prompt"))  # of llama.cpp, of vLLM
        return {"tokens": [token_id(token) for token in self.encode(text, request.get("add_special", True))]}

    def answer(self, path, request):
        answers = {
            "/v1/models": lambda _: {"data": [{"id": self.model, "owned_by": "toys", "max_model_len": 64}]},
            "/version": lambda _: {"version": "1.2"},
            "/v1/completions": self.completion,
            "/v1/chat/completions": self.chat,
        }
        if self.llama_cpp or self.tokenizer:
            answers["/tokenize"] = self.tokenised
        if self.llama_cpp:
            answers["/completion"] = self.forced
            answers["/props"] = lambda _: {"bos_token": "<s>", "build_info": "b1"}
        missing = 404, {}, {"error": {"message": "not found"}}
        if any(name in (request or {}) for name in self.refuses):
            return 400, {}, {"error": {"message": f"unknown field among {', '.join(self.refuses)}"}}
        if request and request.get("stream") and self.streams and path in answers:
            return self.events(path, request)
        return answers[path](request) if path in answers else missing


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # which holds events of a stream back

    def log_message(self, *_):
        """Say nothing."""

    def do_GET(self):
        self._reply(None)

    def do_POST(self):
        self._reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _reply(self, request):
        toy = self.server.toy
        with toy.lock:
            toy.requests.append((self.path, request))
            toy.keys.add(self.headers.get("Authorization"))
            toy.at_once += 1
            toy.most_at_once = max(toy.most_at_once, toy.at_once)
        answer = toy.answer(self.path, request)
        if toy.trouble is not None:
            answer = toy.trouble(self.path, request, answer)
        with toy.lock:
            toy.at_once -= 1
        if isinstance(answer, Events):
            self._stream(answer)
            return
        status, headers, body = answer if isinstance(answer, tuple) else (200, {}, answer)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, events):
        if events == [Events.CLOSES]:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in events:
            if event is None:
                self.close_connection = True
                return
            if isinstance(event, str):
                content = event.encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
                self.wfile.flush()
            else:
                time.sleep(event)
        self.wfile.write(b"0\r\n\r\n")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_):
        """A client that has had enough is none."""


@contextmanager
def serving(toy):
    """Serve a toy model; yields its reference."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.toy = toy
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"openai:{toy.model}@http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
