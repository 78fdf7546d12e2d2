# What only Windows can prove about signing: that signtool signs with a certificate of the certificate store, and that Windows itself
# takes the signatures in executable, package and script for valid. Needs the Windows SDK.
$SignTool = Get-ChildItem -Path "${env:ProgramFiles(x86)}\Windows Kits\10\bin\*\x64\signtool.exe" -ErrorAction SilentlyContinue |
    Sort-Object -Property FullName | Select-Object -Last 1
if (-not $SignTool) { Skip-Play 'the Windows SDK is not installed' }
$env:GORELEASE_SIGNTOOL = $SignTool.FullName
$Certificate = New-SelfSignedCertificate -Type CodeSigningCert -Subject 'CN=gorelease signing test' -CertStoreLocation 'Cert:\CurrentUser\My'
Register-Cleanup 'the certificate' { param($Path) Remove-Item -LiteralPath $Path } @("Cert:\CurrentUser\My\$($Certificate.Thumbprint)")
$Root = New-Object Security.Cryptography.X509Certificates.X509Store('Root', 'LocalMachine')
$Root.Open('ReadWrite')
$Root.Add($Certificate)
Register-Cleanup 'the trusted root' { param($Store, $Trusted) $Store.Remove($Trusted); $Store.Close() } @($Root, $Certificate)
Set-Location -LiteralPath $Play.Folder
Set-Content -Path go.mod -Value "module example.com/hello`n`ngo 1.21"
Set-Content -Path main.go -Value "package main`n`nfunc main() { println(1) }"
Set-Content -Path install.ps1 -Value "Write-Output 'installed'"
Set-Content -Path release.toml -Value @"
[project]
title = "Hello"
manufacturer = "Contoso Ltd"

[build]
targets = ["windows/amd64"]

[package]
windows = ["zip", "msi"]

[[package.files]]
from = "install.ps1"

[sign.authenticode]
tool = "signtool"
thumbprint = "$($Certificate.Thumbprint)"
"@
& git init --quiet
& git add --all
& git -c user.name=a -c user.email=a@example.com commit --quiet --message first
& gorelease build --version 1.2.3 | Out-Host
Assert-That ($LASTEXITCODE -eq 0) 'gorelease builds and signs'
Expand-Archive -Path 'dist\*.zip' -DestinationPath 'unpacked'
$Files = @(Get-ChildItem -Path 'unpacked' -Recurse -Include '*.exe', '*.ps1') + @(Get-ChildItem -Path 'dist' -Filter '*.msi')
Confirm-Equal $Files.Count 3 'the number of signed files'
foreach ($File in $Files) {
    $Signature = Get-AuthenticodeSignature -FilePath $File.FullName
    Confirm-That ($Signature.Status -eq 'Valid') "Windows takes the signature of $($File.Name) for valid" $Signature.StatusMessage
}
