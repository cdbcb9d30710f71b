"""How the pages of the local stack look: those that stand in for a mail program and for X."""

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1c2b2a;overflow-wrap:anywhere}"
    "h1{color:#0b5d56}textarea,input{width:100%;font:inherit;padding:.4rem;box-sizing:border-box;margin:.2rem 0 .8rem}"
    "button{font:inherit;padding:.5rem 1.2rem;background:#0b5d56;color:#fff;border:0;border-radius:.3rem}"
    "article{border-left:4px solid #0b5d56;padding:.2rem 1rem;margin:1.2rem 0;background:#f4f6f5}pre{white-space:pre-wrap;font:inherit}"
    "a{color:#0b5d56}"
)
