//! A digest, and a signature that is made and verified, by AWS-LC.

use aws_lc_rs::digest::{digest, SHA256};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, UnparsedPublicKey, ED25519};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sum: String = digest(&SHA256, b"abc").as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32])?;
    let signed = pair.sign(b"abc");
    let key = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref());
    println!("{sum} {} {}", key.verify(b"abc", signed.as_ref()).is_ok(), key.verify(b"abd", signed.as_ref()).is_ok());
    Ok(())
}
