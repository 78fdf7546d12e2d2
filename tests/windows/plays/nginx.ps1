# nginx on Windows as a LocalSystem service, in front of a canary: reloads must reach it, and no request may fail.
if ($Offline) { Skip-Play 'nginx has to be downloaded' }
$Services = 'HelloService', 'HelloService-blue', 'HelloService-green', 'PlayNginx'
Register-ServiceCleanup $Services

$Nginx = Join-Path $env:SystemDrive 'gorelease-nginx'
Register-Cleanup 'nginx' { param($Folder) if (Test-Path -LiteralPath $Folder) { Remove-Item -LiteralPath $Folder -Recurse -Force } } @($Nginx)
Register-Cleanup 'the processes of nginx' { Remove-TestService 'PlayNginx'; Get-Process -Name nginx -ErrorAction SilentlyContinue | Stop-Process -Force }
$Archive = Join-Path $Play.Folder 'nginx.zip'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
Invoke-WebRequest -UseBasicParsing -Uri 'https://nginx.org/download/nginx-1.28.0.zip' -OutFile $Archive
Expand-Archive -LiteralPath $Archive -DestinationPath $Play.Folder
Move-Item -LiteralPath (Join-Path $Play.Folder 'nginx-1.28.0') -Destination $Nginx
[IO.File]::WriteAllText((Join-Path $Nginx 'conf\nginx.conf'), "events {}`nhttp {`n    include hello-service.conf;`n}`n")
[IO.File]::WriteAllText((Join-Path $Nginx 'conf\hello-service.conf'), '')

# The service that most set-ups have: LocalSystem, started by a wrapper. Ours serves here as well.
$Wrapper = New-Release '0.1.0' {
    param($Text)
    $Text.Replace('name = "HelloService"', "name = `"PlayNginx`"`nhost = `"wrapper`"`naccount = `"local-system`"`nprogram = '$Nginx\nginx.exe'`ndirectory = '$Nginx'").
    Replace('args = ["-listen", "127.0.0.1:{{ port.http }}", "-config", "{{ config_dir }}\\hello.json"]', 'args = []').
    Replace('health = { http = "/healthz", within = "30s" }', '')
} -Name 'nginx-service'
Invoke-Script @(Get-Shell)[0] (Join-Path (Expand-Zip $Wrapper.Zip) 'install.ps1') | Out-Null
Assert-That ($LASTEXITCODE -eq 0) 'nginx runs as a service'

$Manifest = {
    param($Text)
    $Directory = $Nginx.Replace('\', '\\')
    $Text + "`n[deploy]`n[deploy.nginx]`nplatform = `"windows`"`ndirectory = `"$Directory`"`nport = 18090`n" +
    "[deploy.rollout]`nstrategy = `"canary`"`nsteps = [25, 100]`nwindow = `"5s`"`ndrain = `"2s`"`n"
}
$First, $Second = foreach ($Version in '1.0.0', '1.1.0') { Join-Path (Expand-Zip (New-Release $Version $Manifest).HandOver) 'Deploy.ps1' }
Register-Deployment $Second
$Shell = @(Get-Shell)[0]
Invoke-Script $Shell $First @('Install') | Out-Null
Assert-That ($LASTEXITCODE -eq 0) 'Install behind nginx ends well' "$LASTEXITCODE"
Confirm-Equal (Get-Answer 18090) 200 'the service answers through nginx'
$Counts = Measure-Traffic 18090 { Invoke-Script $Shell $Second @('Upgrade') | Out-Null; Confirm-That ($LASTEXITCODE -eq 0) 'the canary takes over' "$LASTEXITCODE" }
Confirm-Equal $Counts.Failed 0 'requests that failed during the upgrade'
Write-Measure 'requests during the upgrade' $Counts.Sent
Confirm-Equal (Get-Version 18090) '1.1.0' 'the new version answers through nginx'
